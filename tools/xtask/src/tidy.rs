//! House rules that no other tool checks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use cargo_metadata::Metadata;

use crate::workspace::Workspace;

/// Lines that a Rust file may have; 400 is the aim.
const FILE_LINES_MAX: usize = 800;

/// What may lie at the top beside dotfiles and `*.md`.
const TOP_LEVEL: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "compat-tests",
    "conf",
    "migrations",
    "rust-toolchain.toml",
    "src",
    "tools",
];

/// Markers of unfinished work that may not be committed. Written in two halves, so that this file passes.
const UNFINISHED: [&str; 5] = [
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[ign", "ore"),
];

/// What the rules find, one line each; empty when all is well.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<String>> {
    let files = workspace.files()?;
    let mut findings = stray_top_level(&files);
    findings.extend(uneven_migrations(&files));
    findings.extend(run_without_name(workspace.metadata()));
    for path in files.iter().filter(|path| is_source(path)) {
        let whole = workspace.root().join(path);
        let text = fs::read_to_string(&whole).with_context(|| format!("read {}", whole.display()))?;
        findings.extend(check_source(path, &text));
    }
    Ok(findings)
}

/// The README promises that `cargo run` is the server; with several binaries Cargo has to be told.
fn run_without_name(metadata: &Metadata) -> Option<String> {
    let is_server =
        metadata.root_package().and_then(|package| package.default_run.as_deref()) == Some("cobnut");
    (!is_server).then(|| "Cargo.toml: `cargo run` does not mean the server (set default-run)".to_owned())
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["rs", "py", "mjs", "js", "java", "sh"].iter().any(|known| extension == *known)
    })
}

fn check_source(path: &Path, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX && path.extension().is_some_and(|extension| extension == "rs") {
        findings.push(format!("{}: {lines} lines, at most {FILE_LINES_MAX} (split it)", path.display()));
    }
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(problem) = unfinished(line) {
            findings.push(format!("{}:{number}: {problem}", path.display()));
        }
    }
    findings
}

/// What is wrong with a line, if it marks unfinished work.
fn unfinished(line: &str) -> Option<String> {
    let todo = concat!("TO", "DO");
    if let Some(marker) = UNFINISHED.iter().find(|marker| line.contains(**marker)) {
        return Some(format!("{marker} marks unfinished work"));
    }
    let (_, rest) = line.split_once(todo)?;
    // A longer word such as an identifier of the same letters is none of our business.
    if rest.starts_with(|next: char| next.is_alphanumeric() || next == '_') {
        return None;
    }
    let number = rest.strip_prefix("(#").and_then(|rest| rest.split_once(')')).map(|(number, _)| number);
    let named =
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    (!named).then(|| format!("write {todo}(#123), with the number of an issue"))
}

fn stray_top_level(files: &[PathBuf]) -> Vec<String> {
    let tops: BTreeSet<String> = files
        .iter()
        .filter_map(|path| path.components().next())
        .map(|first| first.as_os_str().to_string_lossy().into_owned())
        .collect();
    tops.into_iter()
        .filter(|name| {
            !name.starts_with('.') && !is_top_level_page(name) && !TOP_LEVEL.contains(&name.as_str())
        })
        .map(|name| format!("{name}: does not belong at the top level"))
        .collect()
}

fn is_top_level_page(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "md")
}

/// Every backend must have the same migration numbers.
fn uneven_migrations(files: &[PathBuf]) -> Vec<String> {
    let mut numbers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files {
        let mut parts = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        let (Some(top), Some(backend), Some(file)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        if top == "migrations" {
            let number = file.split('_').next().unwrap_or_default().to_owned();
            numbers.entry(backend).or_default().insert(number);
        }
    }
    let all: BTreeSet<String> = numbers.values().flatten().cloned().collect();
    let missing = numbers.iter().flat_map(|(backend, present)| {
        all.difference(present)
            .map(move |number| format!("migrations/{backend}: {number} is missing, another backend has it"))
    });
    missing.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_work_needs_an_issue() {
        let todo = concat!("TO", "DO");
        let cases = [
            (format!("// {todo}(#12): later"), true),
            (format!("// {todo}: later"), false),
            (format!("// {todo}(me): later"), false),
            (format!("// {todo}(#): later"), false),
            (format!("let {todo}S = 1;"), true),
            (concat!("// FIX", "ME").to_owned(), false),
            ("plain".to_owned(), true),
        ];
        for (line, good) in cases {
            assert_eq!(unfinished(&line).is_none(), good, "{line}");
        }
    }

    #[test]
    fn long_files_are_found() {
        let text = "x\n".repeat(FILE_LINES_MAX);
        assert!(check_source(Path::new("a.rs"), &text).is_empty());
        assert_eq!(check_source(Path::new("a.rs"), &format!("{text}x\n")).len(), 1);
    }

    #[test]
    fn only_known_entries_lie_at_the_top() {
        let files = ["src/main.rs", "README.md", ".ci/run", "docs/a.md", "notes.txt"].map(PathBuf::from);
        assert_eq!(
            stray_top_level(&files),
            ["docs: does not belong at the top level", "notes.txt: does not belong at the top level"]
        );
    }

    #[test]
    fn backends_have_the_same_migrations() {
        let even = ["migrations/sqlite/0001_a.sql", "migrations/mysql/0001_a.sql"].map(PathBuf::from);
        assert!(uneven_migrations(&even).is_empty());
        let uneven = ["migrations/sqlite/0002_b.sql", "migrations/mysql/0001_a.sql"].map(PathBuf::from);
        assert_eq!(uneven_migrations(&uneven).len(), 2);
    }
}
