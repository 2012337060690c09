//! The command line contract that scripts and CI rely on: exit statuses, standard output, JSON fields.

use std::fs;
use std::path::Path;
use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{cobnut_command, repository_root};
use serde_json::Value;

/// A folder with copies of the article's two files.
fn article() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for name in ["server1.xml", "server2.xml"] {
        let source = repository_root().join("conf/article").join(name);
        fs::copy(&source, folder.path().join(name)).with_context(|| format!("copy {}", source.display()))?;
    }
    Ok(folder)
}

fn cobnut(folder: &Path, arguments: &[&str]) -> Result<Output> {
    cobnut_command(None, folder, arguments)
}

fn assert_status(output: &Output, expected: i32) -> Result<()> {
    ensure!(
        output.status.code() == Some(expected),
        "the status is {}, not {expected}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Every finding in a JSON document, whatever wraps them.
fn findings(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(fields) if fields.contains_key("rule") => vec![value],
        Value::Object(fields) => fields.values().flat_map(findings).collect(),
        Value::Array(items) => items.iter().flat_map(findings).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn lint_exit_statuses_follow_the_contract() -> Result<()> {
    let folder = article()?;
    assert_status(&cobnut(folder.path(), &["lint", "server1.xml"])?, 0)?;
    assert_status(&cobnut(folder.path(), &["lint", "server2.xml"])?, 1)?;
    assert_status(&cobnut(folder.path(), &["lint", "server1.xml", "server2.xml"])?, 1)?;
    assert_status(&cobnut(folder.path(), &["lint"])?, 2)?;
    assert_status(&cobnut(folder.path(), &["lint", "--format", "nonsense", "server1.xml"])?, 2)?;
    assert_status(&cobnut(folder.path(), &["lint", "missing.xml"])?, 3)
}

#[test]
fn the_typo_is_found_in_place_and_repaired() -> Result<()> {
    let folder = article()?;
    let output = cobnut(folder.path(), &["lint", "--format", "json", "server1.xml", "server2.xml"])?;
    assert_status(&output, 1)?;
    let document: Value = serde_json::from_slice(&output.stdout).context("parse the JSON output")?;
    let found = findings(&document);
    let typo = found
        .iter()
        .find(|finding| finding["line"] == 7 && finding["severity"] == "error")
        .with_context(|| format!("no error at line 7 in {document}"))?;
    ensure!(typo["column"] == 17, "the column of the typo: {typo}");
    ensure!(
        typo["file"].as_str().is_some_and(|file| file.ends_with("server2.xml")),
        "the file of the typo: {typo}"
    );
    for field in ["rule", "message", "end_line", "end_column"] {
        ensure!(!typo[field].is_null(), "the finding has no {field}: {typo}");
    }
    ensure!(typo["fix"]["edits"].is_array() && typo["fix"]["safety"].is_string(), "the fix: {typo}");

    let before = fs::read_to_string(folder.path().join("server2.xml"))?;
    let diff = cobnut(folder.path(), &["lint", "--diff", "server1.xml", "server2.xml"])?;
    let diff = String::from_utf8_lossy(&diff.stdout).into_owned();
    ensure!(
        diff.contains("+        <member>192.168.5.1:5701</member>"),
        "the diff shows the repair:\n{diff}"
    );
    ensure!(fs::read_to_string(folder.path().join("server2.xml"))? == before, "--diff changes nothing");

    cobnut(folder.path(), &["lint", "--fix", "server1.xml", "server2.xml"])?;
    let after = fs::read_to_string(folder.path().join("server2.xml"))?;
    ensure!(
        after == before.replace("192.168.5:1:5701", "192.168.5.1:5701"),
        "only the typo is repaired:\n{after}"
    );
    assert_status(&cobnut(folder.path(), &["lint", "server1.xml", "server2.xml"])?, 0)
}

#[test]
fn explain_prints_a_page_or_fails() -> Result<()> {
    let folder = article()?;
    let output = cobnut(folder.path(), &["lint", "--format", "json", "server2.xml"])?;
    let document: Value = serde_json::from_slice(&output.stdout).context("parse the JSON output")?;
    for finding in findings(&document) {
        let rule = finding["rule"].as_str().context("a rule name")?;
        let page = cobnut(folder.path(), &["explain", rule])?;
        assert_status(&page, 0)?;
        ensure!(page.stdout.len() > 200, "the page of {rule} is a page");
    }
    let unknown = cobnut(folder.path(), &["explain", "no-such-rule"])?;
    ensure!(!unknown.status.success() && unknown.stdout.is_empty(), "an unknown rule fails");
    ensure!(String::from_utf8_lossy(&unknown.stderr).contains("no-such-rule"), "and is named");
    Ok(())
}

#[test]
fn a_strict_node_refuses_what_the_linter_calls_an_error() -> Result<()> {
    let folder = article()?;
    let arguments = [
        "run",
        "--strict",
        "--config",
        "server2.xml",
        "--bind",
        "127.0.0.1",
        "--mesh-port",
        "0",
        "--c2s-port",
        "0",
        "--console-port",
        "0",
    ];
    let output = cobnut(folder.path(), &arguments)?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success(), "it started:\n{text}");
    ensure!(text.contains("server2.xml:7:17"), "it names the place:\n{text}");
    ensure!(output.stdout.is_empty(), "standard output carries only what was asked for");
    Ok(())
}

#[test]
fn the_shipped_examples_are_clean_but_for_the_typo() -> Result<()> {
    let root = repository_root();
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join("conf"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    for file in files {
        assert_status(&cobnut(&root, &["lint", "--fail-on", "warning", &file])?, 0)?;
    }
    Ok(())
}
