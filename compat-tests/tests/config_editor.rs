//! The configuration page's editor in a real browser: the article's typo found while one looks, mended, and downloaded.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{ADMIN_PASSWORD, Browser, Cluster, ClusterOptions, repository_root};
use serde_json::{Value, json};

const RULE: &str = "misplaced-separator";

/// The values of a field of every row.
fn values<'a>(rows: &'a Value, field: &str) -> Vec<&'a str> {
    rows.as_array().into_iter().flatten().filter_map(|row| row[field].as_str()).collect()
}

/// One visit with the typo mended and the file downloaded; the report of the browser.
fn visit(cluster: &Cluster, screenshot: &str, fields: Value) -> Result<Value> {
    let browser = Browser::new(&cluster.client_host, cluster.artifacts());
    let download = cluster.artifacts().path(&format!("{screenshot}.xml"));
    let mut input = json!({
        "url": cluster.nodes[1].console_url(), "username": "admin", "password": ADMIN_PASSWORD,
        "rule": RULE, "download": download,
    });
    let target = input.as_object_mut().context("an object")?;
    target.extend(fields.as_object().context("the fields are an object")?.clone());
    let report = browser.run("configEditor", screenshot, input)?;

    let before = values(&report["before"], "rule");
    ensure!(before.contains(&RULE), "the typo is not found: {report}");
    ensure!(report["selected"] == "192.168.5:1:5701", "the place of the finding: {}", report["selected"]);
    ensure!(report["goneWhileTyping"] == true, "typing another address leaves the finding: {report}");
    let after = values(&report["after"], "severity");
    ensure!(after.iter().all(|severity| *severity == "info"), "the fix leaves findings: {report}");
    ensure!(report["violations"] == json!([]), "the page breaks its own policy: {}", report["violations"]);
    ensure!(report["fileName"] == "server2.xml", "{}", report["fileName"]);
    let original = fs::read_to_string(repository_root().join("conf/article/server2.xml"))?;
    let expected = original.replace("192.168.5:1:5701", "192.168.5.1:5701");
    ensure!(
        original != expected && fs::read(&download)? == expected.as_bytes(),
        "the downloaded file differs"
    );
    Ok(report)
}

/// Whether this toolchain can build the linter for browsers; one that cannot has a page that asks the server, tested below.
fn has_target_for_browsers() -> bool {
    let printed = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"])
        .current_dir(repository_root())
        .output();
    let folder = printed.ok().and_then(|printed| String::from_utf8(printed.stdout).ok());
    folder.is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

#[test]
fn the_editor_finds_and_mends_the_typo_in_the_browser() -> Result<()> {
    let test = "the_editor_finds_and_mends_the_typo_in_the_browser";
    if !Cluster::ready(test, &Browser::NEEDS) {
        return Ok(());
    }
    let mut cluster = Cluster::prepare(test, &ClusterOptions::default())?;
    cluster.nodes[1].start()?;
    let other = repository_root().join("conf/article/server1.xml");

    if has_target_for_browsers() {
        let report = visit(&cluster, "config-editor", json!({ "other": other }))?;
        ensure!(report["checkedIn"] == "browser", "the linter did not run in the browser: {report}");
        let requests: Vec<&str> =
            report["requests"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        ensure!(requests.contains(&"GET /assets/lint.wasm"), "the module was not loaded: {requests:?}");
        ensure!(
            requests.iter().all(|request| request.starts_with("GET ")),
            "something was sent: {requests:?}"
        );
        ensure!(report["button"] == "Apply fix", "{}", report["button"]);
    }

    let fields = json!({ "withoutModule": true, "locale": "zh-CN", "colorScheme": "dark" });
    let report = visit(&cluster, "config-editor-fallback", fields)?;
    ensure!(report["checkedIn"] == "server", "the server was not asked: {report}");
    let asked = report["requests"].as_array().is_some_and(|all| all.contains(&"POST /config/lint".into()));
    ensure!(asked, "no request to the linter of the server: {report}");
    ensure!(report["button"] == "应用修正", "{}", report["button"]);
    Ok(())
}
