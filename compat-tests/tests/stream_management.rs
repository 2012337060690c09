//! A real client that is not ours loses its connection, and takes up its session again (XEP-0198).
//!
//! The walk is written in the client's own language, `compat-tests/clients/slixmpp/resumption.py`: three times the
//! connection is cut under the client, while messages come for it from the other node, and each must arrive once and
//! in order.

use std::time::Duration;

use anyhow::{Result, ensure};
use compat_tests::{Cluster, ClusterOptions, DOMAIN, Need, Process, repository_root, target_dir};

/// How to install; also what a skip tells the reader to run.
const PREPARE: &str = "compat-tests/clients/prepare.sh, or cargo xtask test";
/// A walk takes seconds; each of its waits gives up by itself after 15 s.
const WALK_LIMIT: Duration = Duration::from_mins(2);
/// How long a client that ran out of time has to clean up after itself.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// What the walk must have passed, so that a client that stops early cannot succeed.
const STEPS: [&str; 4] = ["enabled", "login-b", "roster", "resumed"];

#[test]
fn slixmpp_resumes_its_session() -> Result<()> {
    let test = "slixmpp_resumes_its_session";
    let needs = [Need::TargetFile("compat-clients/venv.installed-from", PREPARE)];
    if !Cluster::ready(test, &needs) {
        return Ok(());
    }
    let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
    let python = target_dir().join("compat-clients/venv/bin/python");
    let mut command = cluster.client_host.command(python);
    command.args(["-W", "ignore::DeprecationWarning"]);
    command.arg(repository_root().join("compat-tests/clients/slixmpp/resumption.py"));
    for node in &cluster.nodes {
        command.arg(node.host().address().to_string()).arg("5222");
    }
    command.arg(DOMAIN);
    for user in ["10023", "10024"] {
        command.args([user, cluster.password(user)?]);
    }
    // The nodes made their certificates themselves.
    command.arg("-");
    let mut process = Process::spawn("slixmpp", cluster.artifacts(), command)?;
    let status = match process.wait_exit(WALK_LIMIT) {
        Ok(status) => status,
        Err(err) => {
            let _ = process.terminate(STOP_LIMIT);
            return Err(err.context(process.log_tail()));
        }
    };
    let log = process.log();
    let is_missing = |step: &&str| !log.lines().any(|line| line == format!("ok {step}"));
    let missing: Vec<&str> = STEPS.into_iter().filter(is_missing).collect();
    let tail = process.log_tail();
    ensure!(status.success(), "slixmpp ended with {status}\n{tail}");
    ensure!(missing.is_empty(), "these steps were not reported: {}\n{tail}", missing.join(", "));
    for node in &mut cluster.nodes {
        node.process()?.assert_running()?;
    }
    Ok(())
}
