//! All cores are busy with something else: nobody may be taken for dead because of it.
//!
//! Clusters with several settings of the failure detector run side by side, so that they meet the same disturbances. What
//! each of them suspected and removed is reported; only the default settings have to get by without removing anybody. The
//! long run that the default was chosen by:
//!
//! ```text
//! COBNUT_BUSY_SECONDS=600 COBNUT_BIN=target/release/cobnut cargo test -p compat-tests --test busy_cores
//! ```

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Artifacts, Discovery, Fleet, FleetOptions, Process, note};

/// Nodes of each cluster.
const NODES: usize = 3;
/// How long a cluster may take to form.
const FORM_LIMIT: Duration = Duration::from_mins(1);
/// Processes that do nothing but burn, for each core.
const BURNERS_PER_CORE: usize = 2;

/// Settings side by side: a name for the report and `<properties>`. The first one is what a node does untold.
const CANDIDATES: [(&str, &[(&str, &str)]); 4] = [
    ("default", &[]),
    (
        "deadline 2 s",
        &[("hazelcast.heartbeat.interval.seconds", "1"), ("hazelcast.max.no.heartbeat.seconds", "2")],
    ),
    (
        "deadline 3 s",
        &[("hazelcast.heartbeat.interval.seconds", "1"), ("hazelcast.max.no.heartbeat.seconds", "3")],
    ),
    (
        "deadline 10 s",
        &[("hazelcast.heartbeat.interval.seconds", "1"), ("hazelcast.max.no.heartbeat.seconds", "10")],
    ),
];

/// What a cluster thought of its members.
#[derive(Debug, Default)]
struct Judgements {
    suspected: usize,
    broken: usize,
    removed: usize,
}

impl Judgements {
    fn of(fleet: &mut Fleet, marks: &[usize]) -> Result<Self> {
        let mut sum = Self::default();
        for (node, &mark) in fleet.nodes.iter_mut().zip(marks) {
            let log = node.process()?.log_since(mark);
            let count = |text: &str| log.lines().filter(|line| line.contains(text)).count();
            sum.suspected += count("suspecting it");
            sum.broken += count("connection to member broke");
            sum.removed += count("member left");
        }
        Ok(sum)
    }
}

#[test]
fn the_default_settings_lose_nobody_on_busy_cores() -> Result<()> {
    let test = "the_default_settings_lose_nobody_on_busy_cores";
    if !Fleet::ready(test) {
        return Ok(());
    }
    let seconds = match std::env::var("COBNUT_BUSY_SECONDS") {
        Ok(text) => text.parse().with_context(|| format!("COBNUT_BUSY_SECONDS={text}"))?,
        Err(_) => 20,
    };
    let mut clusters = Vec::new();
    for (name, properties) in CANDIDATES {
        let properties = properties.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let options = FleetOptions {
            nodes: NODES,
            discovery: Discovery::TcpIp,
            users: 1,
            wire: None,
            properties: properties.collect(),
        };
        let mut fleet = Fleet::start(&format!("{test}-{}", clusters.len()), &options, FORM_LIMIT)?;
        let marks: Vec<usize> = fleet
            .nodes
            .iter_mut()
            .map(|node| node.process().map(|process| process.log_mark()))
            .collect::<Result<_>>()?;
        clusters.push((name, fleet, marks));
    }
    let burning = burn(test)?;
    // Nothing can be awaited: the point is that for so long nothing happens.
    std::thread::sleep(Duration::from_secs(seconds));
    drop(burning);
    for (name, fleet, marks) in &mut clusters {
        let found = Judgements::of(fleet, marks)?;
        note(&format!("BUSY {name}, {seconds} s: {found:?}"));
        let is_default = *name == CANDIDATES[0].0;
        ensure!(!is_default || found.removed == 0, "{name}: a living member was removed, {found:?}");
    }
    Ok(())
}

/// Keeps all cores busy until dropped.
fn burn(test: &str) -> Result<Vec<Process>> {
    let artifacts = Artifacts::new(&format!("{test}-burners"))?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let spawn = |number| {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", "sh", "-c", "while :; do :; done"]);
        Process::spawn(&format!("burner{number}"), &artifacts, command)
    };
    (0..cores * BURNERS_PER_CORE).map(spawn).collect()
}
