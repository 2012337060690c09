//! Real clients that are not ours lose their connections, and take up their sessions again (XEP-0198).
//!
//! The walks are written in the clients' own languages, `slixmpp/resumption.py` and `smack/Resumption.java` in
//! `compat-tests/clients`: three times the connection is cut under the client, while messages come for it from the other
//! node, and each must arrive once and in order.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Cluster, ClusterOptions, DOMAIN, Need, Process, repository_root, target_dir};

/// How to install; also what a skip tells the reader to run.
const PREPARE: &str = "compat-tests/clients/prepare.sh, or cargo xtask test";
/// A walk takes seconds; each of its waits gives up by itself after 15 s.
const WALK_LIMIT: Duration = Duration::from_mins(2);
/// How long a client that ran out of time has to clean up after itself.
const STOP_LIMIT: Duration = Duration::from_secs(5);

#[test]
fn slixmpp_resumes_its_session() -> Result<()> {
    let test = "slixmpp_resumes_its_session";
    let needs = [Need::TargetFile("compat-clients/venv.installed-from", PREPARE)];
    let python = target_dir().join("compat-clients/venv/bin/python");
    let script = clients().join("slixmpp/resumption.py");
    let program = [python.into(), "-W".into(), "ignore::DeprecationWarning".into(), script.into()];
    walk(test, &needs, &program, &["enabled", "login-b", "roster", "resumed"])
}

#[test]
fn smack_resumes_its_session() -> Result<()> {
    let test = "smack_resumes_its_session";
    let needs = [
        Need::Program("java", "default-jdk-headless"),
        Need::TargetFile("compat-clients/smack.installed-from", PREPARE),
    ];
    let jars = target_dir().join("compat-clients/smack/lib/*");
    // A program of one file is compiled as it is started.
    let program = ["java".into(), "-cp".into(), jars.into(), clients().join("smack/Resumption.java").into()];
    walk(test, &needs, &program, &["login", "enabled", "resumed"])
}

fn clients() -> PathBuf {
    repository_root().join("compat-tests/clients")
}

/// Runs a client's program on a cluster, with user A on the first node and B on the second. Every one of `steps` must be
/// reported as passed, so that a client that stops early cannot succeed.
fn walk(test: &str, needs: &[Need], program: &[OsString], steps: &[&str]) -> Result<()> {
    if !Cluster::ready(test, needs) {
        return Ok(());
    }
    let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
    let (first, arguments) = program.split_first().context("a program")?;
    let mut command = cluster.client_host.command(first);
    command.args(arguments);
    for node in &cluster.nodes {
        command.arg(node.host().address().to_string()).arg("5222");
    }
    command.arg(DOMAIN);
    for user in ["10023", "10024"] {
        command.args([user, cluster.password(user)?]);
    }
    // The nodes made their certificates themselves.
    command.arg("-");
    let mut process = Process::spawn("client", cluster.artifacts(), command)?;
    let status = match process.wait_exit(WALK_LIMIT) {
        Ok(status) => status,
        Err(err) => {
            let _ = process.terminate(STOP_LIMIT);
            return Err(err.context(process.log_tail()));
        }
    };
    let (log, tail) = (process.log(), process.log_tail());
    ensure!(status.success(), "the client ended with {status}\n{tail}");
    let is_missing = |step: &&&str| !log.lines().any(|line| line == format!("ok {step}"));
    let missing: Vec<&str> = steps.iter().filter(is_missing).copied().collect();
    ensure!(missing.is_empty(), "these steps were not reported: {}\n{tail}", missing.join(", "));
    for node in &mut cluster.nodes {
        node.process()?.assert_running()?;
    }
    Ok(())
}
