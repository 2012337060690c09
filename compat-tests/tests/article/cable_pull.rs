//! The network cable of one node is pulled and plugged in again.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use compat_tests::{Cluster, ClusterOptions, Node, record_timing};

use crate::conversation::{befriend, chat, unavailable_count, wait_for_presence};

/// Shorter than the three seconds after which a silent member is suspected.
const SHORT_CUT: Duration = Duration::from_millis(1500);

fn process_ids(nodes: &mut [Node; 2]) -> Result<Vec<u32>> {
    nodes.iter_mut().map(|node| node.process().map(|process| process.id())).collect()
}

fn body(stanza: &str) -> Option<&str> {
    stanza.split_once("<body>").and_then(|(_, rest)| rest.split_once("</body>")).map(|(body, _)| body)
}

#[test]
fn a_short_cut_loses_and_doubles_nothing() -> Result<()> {
    let test = "a_short_cut_loses_and_doubles_nothing";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let cluster = Cluster::start(test, &ClusterOptions::default())?;
    let mut one = cluster.login(0, "10023", "Spark")?;
    let mut two = cluster.login(1, "10024", "Spark")?;
    befriend(&mut one, &mut two)?;

    let host = cluster.nodes[1].host();
    host.unplug()?;
    for number in 0..10 {
        one.message(two.jid(), &format!("sent during the cut {number}"))?;
    }
    one.sync()?;
    // The cut itself has to last; there is nothing to wait for.
    std::thread::sleep(SHORT_CUT);
    host.plug_in()?;

    let replugged = Instant::now();
    two.wait_for("the last message of the cut", Duration::from_secs(30), |stanza| {
        stanza.contains("during the cut 9<")
    })?;
    record_timing("article: messages of a short cut arrive after the cable is back", replugged.elapsed());
    let rest = two.take_all(Duration::from_secs(2))?;
    let arrived: Vec<&str> = rest.iter().filter_map(|stanza| body(stanza)).collect();
    let expected: Vec<String> = (0..9).map(|number| format!("sent during the cut {number}")).collect();
    ensure!(arrived == expected, "each message once and in order: {arrived:?}");
    let farewells = one.take_all(Duration::from_millis(300))?;
    ensure!(unavailable_count(&farewells, two.jid()) == 0, "nobody left: {farewells:?}");
    one.close()?;
    two.close()
}

#[test]
fn after_a_long_cut_there_is_one_cluster_with_the_same_sessions() -> Result<()> {
    let test = "after_a_long_cut_there_is_one_cluster_with_the_same_sessions";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
    let mut one = cluster.login(0, "10023", "Spark")?;
    let mut two = cluster.login(1, "10024", "Spark")?;
    befriend(&mut one, &mut two)?;
    let processes = process_ids(&mut cluster.nodes)?;

    let pulled = Instant::now();
    cluster.nodes[1].host().unplug()?;
    wait_for_presence(&mut one, two.jid(), Some("unavailable"))?;
    record_timing("article: friends see a pulled cable", pulled.elapsed());
    for node in &mut cluster.nodes {
        node.wait_for_cluster_size(1, Duration::from_secs(15))?;
    }
    let alone = cluster.nodes[1].process()?.wait_for_log(&["alone"], Duration::from_secs(10))?;
    ensure!(!alone.is_empty(), "a lonely node says so");

    cluster.nodes[1].host().plug_in()?;
    record_timing("article: one cluster after the cable is back", cluster.wait_until_formed()?);
    // 10024 never logged out; its session is on both nodes again and its friend sees it.
    wait_for_presence(&mut one, two.jid(), None)?;
    two.sync()?;
    one.sync()?;
    let farewells = one.take_all(Duration::from_millis(500))?;
    ensure!(unavailable_count(&farewells, two.jid()) == 0, "one farewell only: {farewells:?}");
    cluster.wait_for_sessions(&[one.jid(), two.jid()])?;
    chat(&mut one, &mut two, "after the cable is back")?;
    ensure!(process_ids(&mut cluster.nodes)? == processes, "no node was restarted");
    one.close()?;
    two.close()
}
