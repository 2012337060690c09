//! The language server with an editor's library that is not ours (pygls).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Artifacts, Need, Process, ready, repository_root, target_dir};

/// How to install; also what a skip tells the reader to run.
const PREPARE: &str = "compat-tests/clients/prepare.sh, or cargo xtask test";
/// Each wait of the walk gives up by itself after 20 s.
const WALK_LIMIT: Duration = Duration::from_mins(2);
/// What the walk must have passed.
const STEPS: [&str; 8] =
    ["initialize", "diagnostics", "utf-16", "hover", "quick-fix", "did-change", "did-close", "shutdown"];

/// The linter of this build, brought up to date.
fn linter() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", "cobnut-lint-cli", "--target-dir"])
        .arg(target_dir())
        .current_dir(repository_root())
        .status()
        .context("run cargo build --package cobnut-lint-cli")?;
    ensure!(status.success(), "cargo build --package cobnut-lint-cli failed");
    Ok(target_dir().join("debug/cobnut-lint"))
}

#[test]
fn an_editor_walks_through_the_language_server() -> Result<()> {
    let test = "an_editor_walks_through_the_language_server";
    if !ready(test, &[Need::TargetFile("compat-clients/lsp.installed-from", PREPARE)]) {
        return Ok(());
    }
    let artifacts = Artifacts::new(test)?;
    let folder = artifacts.path("nodes");
    std::fs::create_dir_all(&folder)?;
    for name in ["server1.xml", "server2.xml"] {
        std::fs::copy(repository_root().join("conf/article").join(name), folder.join(name))?;
    }
    let mut command = Command::new(target_dir().join("compat-clients/lsp/bin/python"));
    command.arg(repository_root().join("compat-tests/clients/lsp/scenario.py")).arg(linter()?).arg(&folder);
    let mut walk = Process::spawn("lsp", &artifacts, command)?;
    let status = walk.wait_exit(WALK_LIMIT).map_err(|err| err.context(walk.log_tail()))?;
    ensure!(status.success(), "the walk ended with {status}\n{}", walk.log_tail());
    let log = walk.log();
    let passed: BTreeSet<&str> = log.lines().filter_map(|line| line.strip_prefix("ok ")).collect();
    let missing: Vec<&str> = STEPS.into_iter().filter(|step| !passed.contains(step)).collect();
    ensure!(missing.is_empty(), "these steps were not reported: {}\n{log}", missing.join(", "));
    Ok(())
}
