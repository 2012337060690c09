//! Many people come and go for a while; afterwards nothing of them is left on any node.
//!
//! In CI this is a minute at a modest rate. The soak is the same test with a release build:
//!
//! ```text
//! COBNUT_CHURN_SECONDS=1800 COBNUT_CHURN_RATE=1000 COBNUT_BIN=target/release/cobnut \
//!     COBNUT_LOADGEN_BIN=target/release/loadgen cargo test -p compat-tests --test churn
//! ```

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use compat_tests::{Discovery, FLEET_PASSWORD, Fleet, FleetOptions, eventually, loadgen_binary, note};

/// Nodes of the cluster.
const NODES: usize = 5;
/// Accounts that come and go, unless told otherwise. At a high rate few accounts have many resources each, all of which see
/// each other's presence.
const USERS: u32 = 200;
/// How long the start may take.
const FORM_LIMIT: Duration = Duration::from_secs(30);
/// How long what is left of the sessions may take to go.
const END_LIMIT: Duration = Duration::from_secs(20);
/// Gauges of things that sessions own: each has to come back to zero.
const OWNED: [&str; 3] = ["cobnut_client_connections", "cobnut_mesh_sessions", "cobnut_mesh_events_waiting"];

fn number(variable: &str, default: u32) -> Result<u32> {
    match std::env::var(variable) {
        Ok(text) => text.parse().with_context(|| format!("{variable}={text}")),
        Err(_) => Ok(default),
    }
}

#[test]
fn nothing_is_left_of_those_who_came_and_went() -> Result<()> {
    let test = "nothing_is_left_of_those_who_came_and_went";
    if !Fleet::ready(test) {
        return Ok(());
    }
    let seconds = number("COBNUT_CHURN_SECONDS", 45)?;
    let rate = number("COBNUT_CHURN_RATE", 60)?;
    let users = number("COBNUT_CHURN_USERS", USERS)?;
    let options = FleetOptions {
        nodes: NODES,
        discovery: Discovery::TcpIp,
        users: usize::try_from(users).context("COBNUT_CHURN_USERS")?,
        wire: None,
        properties: Vec::new(),
    };
    let mut fleet = Fleet::start(test, &options, FORM_LIMIT)?;
    let at: Vec<String> = fleet.nodes.iter().map(|node| node.host().socket(5222).to_string()).collect();
    let processes: Vec<String> = fleet
        .nodes
        .iter_mut()
        .map(|node| node.process().map(|process| process.id().to_string()))
        .collect::<Result<_>>()?;
    let mut command = fleet.client_host.command(loadgen_binary()?);
    command.arg("churn").arg("--target").arg(format!("cobnut={}@{}", at.join(","), processes.join(",")));
    command.args(["--tls", "none", "--user-prefix", "user", "--password", FLEET_PASSWORD]);
    // The generator counts accounts from 1, the fleet from 0.
    command.args(["--users", &users.saturating_sub(1).to_string(), "--rate", &rate.to_string()]);
    command.args(["--seconds", &seconds.to_string(), "--sample", &(seconds / 60).max(1).to_string()]);
    let output = command.output().context("run the load generator")?;
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    note(&format!("CHURN {}", report.trim()));
    std::fs::write(fleet.artifacts().path("churn.txt"), &report).context("keep the report")?;
    ensure!(output.status.success(), "{report}{}", String::from_utf8_lossy(&output.stderr));

    for node in &mut fleet.nodes {
        let (name, cluster) = (node.name().to_owned(), node.cluster_size()?);
        ensure!(cluster == NODES, "{name} sees {cluster} members afterwards");
        eventually(&format!("{name} without anything of the sessions"), END_LIMIT, || {
            let left = node.session_dump()?;
            if !left.is_empty() {
                bail!("{} sessions are left: {:?}", left.len(), left.keys().take(3));
            }
            for gauge in OWNED {
                let value = node.metric(gauge)?;
                ensure!(value.abs() < 0.5, "{gauge} is {value}");
            }
            Ok(Some(()))
        })?;
        let panics = node.metric("cobnut_client_panics_total")?;
        ensure!(panics.abs() < 0.5, "{name}: a bug ended {panics} connections");
        node.process()?.assert_running()?;
    }
    Ok(())
}
