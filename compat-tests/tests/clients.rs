//! Real clients that are not ours chat across a two-node cluster.
//!
//! One test for each client. The walk itself (subscription both ways, presence, chat, offline message, reconnect,
//! clean logout) is written in the client's own language below `compat-tests/clients`, whose README lists the
//! steps; here it gets a cluster with one user on each node.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use compat_tests::{
    Cluster, ClusterOptions, DOMAIN, Need, Process, record_timing, repository_root, target_dir,
};

/// Where `prepare.sh` installs, below the target directory.
const INSTALLED: &str = "compat-clients";
/// How to install; also what a skip tells the reader to run.
const PREPARE: &str = "compat-tests/clients/prepare.sh, or cargo xtask test";
/// A walk takes seconds; each of its ten steps gives up by itself after 15 s.
const WALK_LIMIT: Duration = Duration::from_secs(200);
/// How long a client that ran out of time has to clean up after itself.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// What every walk must have passed, so that a client that stops early cannot succeed.
const STEPS: [&str; 10] = [
    "login-a",
    "login-b",
    "roster-clear",
    "roster-subscribe-both",
    "presence-both",
    "chat-both",
    "logout-seen",
    "offline",
    "reconnect",
    "logout",
];

#[test]
fn slixmpp_chats_across_nodes() -> Result<()> {
    let needs = [Need::TargetFile("compat-clients/venv.installed-from", PREPARE)];
    walk("slixmpp_chats_across_nodes", "slixmpp", &needs)
}

#[test]
fn aioxmpp_chats_across_nodes() -> Result<()> {
    let needs = [Need::TargetFile("compat-clients/venv.installed-from", PREPARE)];
    walk("aioxmpp_chats_across_nodes", "aioxmpp", &needs)
}

#[test]
fn xmppjs_chats_across_nodes() -> Result<()> {
    let needs =
        [Need::Program("node", "nodejs"), Need::TargetFile("compat-clients/xmppjs.installed-from", PREPARE)];
    walk("xmppjs_chats_across_nodes", "xmppjs", &needs)
}

#[test]
fn smack_chats_across_nodes() -> Result<()> {
    let needs = [
        Need::Program("java", "default-jdk-headless"),
        Need::TargetFile("compat-clients/smack.installed-from", PREPARE),
    ];
    walk("smack_chats_across_nodes", "smack", &needs)
}

#[test]
fn profanity_chats_across_nodes() -> Result<()> {
    let needs = [
        Need::Program("profanity", "profanity"),
        Need::Program("tmux", "tmux"),
        Need::Program("python3", "python3"),
    ];
    walk("profanity_chats_across_nodes", "profanity", &needs)
}

#[test]
fn mcabber_chats_across_nodes() -> Result<()> {
    let needs = [
        Need::Program("mcabber", "mcabber"),
        Need::Program("tmux", "tmux"),
        Need::Program("python3", "python3"),
    ];
    walk("mcabber_chats_across_nodes", "mcabber", &needs)
}

/// Starts the article's cluster and lets one client walk on it: A on node 1, B on node 2.
fn walk(test: &str, client: &str, needs: &[Need]) -> Result<()> {
    if !Cluster::ready(test, needs) {
        return Ok(());
    }
    let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
    let started = Instant::now();
    let mut process = start_client(&cluster, client)?;
    let status = match process.wait_exit(WALK_LIMIT) {
        Ok(status) => status,
        Err(err) => {
            // Asked first, so that it can take down what it started itself.
            let _ = process.terminate(STOP_LIMIT);
            return Err(err.context(process.log_tail()));
        }
    };
    let log = process.log();
    if !status.success() {
        let nodes: Vec<String> = cluster
            .nodes
            .iter_mut()
            .map(|node| node.process().map_or_else(|err| err.to_string(), |process| process.log_tail()))
            .collect();
        bail!("{client} ended with {status}\n{}\n{}", process.log_tail(), nodes.join("\n"));
    }
    record_timing(&format!("{client}: the walk"), started.elapsed());
    check_steps(&log).with_context(|| process.log_tail())?;
    for node in &mut cluster.nodes {
        node.process()?.assert_running()?;
    }
    Ok(())
}

fn start_client(cluster: &Cluster, client: &str) -> Result<Process> {
    let mut command = cluster.client_host.command(repository_root().join("compat-tests/clients/run.sh"));
    command.env("COMPAT_CLIENTS", target_dir().join(INSTALLED)).arg(client);
    for node in &cluster.nodes {
        command.arg(node.host().address().to_string()).arg("5222");
    }
    command.arg(DOMAIN);
    for user in ["10023", "10024"] {
        command.args([user, cluster.password(user)?]);
    }
    // The nodes made their certificates themselves.
    command.arg("-");
    Process::spawn(client, cluster.artifacts(), command)
}

/// Every step must have been reported as passed, and none as failed.
fn check_steps(log: &str) -> Result<()> {
    let passed: BTreeSet<&str> = log.lines().filter_map(|line| line.strip_prefix("ok ")).collect();
    let missing: Vec<&str> = STEPS.into_iter().filter(|step| !passed.contains(step)).collect();
    ensure!(missing.is_empty(), "these steps were not reported: {}", missing.join(", "));
    ensure!(!log.lines().any(|line| line.starts_with("not ok ")), "a step was reported as failed");
    Ok(())
}

#[test]
fn a_walk_with_a_missing_or_failed_step_does_not_pass() {
    let whole = STEPS.map(|step| format!("ok {step}\n")).concat();
    assert!(check_steps(&whole).is_ok());
    assert!(check_steps(&whole.replace("ok offline\n", "")).is_err());
    assert!(check_steps(&format!("{whole}not ok logout: late\n")).is_err());
    assert!(check_steps("").is_err());
}
