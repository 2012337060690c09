//! One cluster in every start order, and after each node restarts alone.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use compat_tests::{Cluster, ClusterOptions, record_timing};

use crate::conversation::chat;

/// Logs 10023 in on node 1 and 10024 on node 2 and lets them talk.
fn prove_by_chat(cluster: &Cluster, topic: &str) -> Result<()> {
    let mut one = cluster.login(0, "10023", "Spark")?;
    let mut two = cluster.login(1, "10024", "Spark")?;
    one.go_online()?;
    two.go_online()?;
    one.sync()?;
    two.sync()?;
    chat(&mut one, &mut two, topic)?;
    one.close()?;
    two.close()
}

#[test]
fn both_start_orders_and_single_restarts_form_one_cluster() -> Result<()> {
    let test = "both_start_orders_and_single_restarts_form_one_cluster";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = Cluster::prepare(test, &ClusterOptions::default())?;

    for (first, second) in [(0, 1), (1, 0)] {
        let order = format!("start node {} then node {}", first + 1, second + 1);
        cluster.nodes[first].start()?;
        ensure!(cluster.nodes[first].cluster_size()? == 1, "{order}: the first node starts alone");
        let started = Instant::now();
        cluster.nodes[second].start()?;
        cluster.wait_until_formed()?;
        record_timing(
            &format!("article: {order}: one cluster since the second was started"),
            started.elapsed(),
        );
        prove_by_chat(&cluster, &order)?;

        for node in [0, 1] {
            let restart = format!("{order}, restart node {} alone", node + 1);
            cluster.nodes[node].stop()?;
            let other = &mut cluster.nodes[1 - node];
            other.wait_for_cluster_size(1, Duration::from_secs(10))?;
            let started = Instant::now();
            cluster.nodes[node].start()?;
            cluster.wait_until_formed()?;
            record_timing(
                &format!("article: {restart}: one cluster since it was started"),
                started.elapsed(),
            );
            prove_by_chat(&cluster, &restart)?;
        }
        cluster.nodes[first].stop()?;
        cluster.nodes[second].stop()?;
    }
    Ok(())
}

#[test]
fn the_typo_is_reported_at_start_with_its_place_and_fix() -> Result<()> {
    let test = "the_typo_is_reported_at_start_with_its_place_and_fix";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = Cluster::prepare(test, &ClusterOptions::default())?;
    cluster.nodes[1].start()?;
    let log = cluster.nodes[1].process()?.log();
    for part in ["192.168.5:1:5701", "server2.xml:7:", "192.168.5.1:5701"] {
        ensure!(log.contains(part), "the log of node 2 does not mention {part}:\n{log}");
    }
    Ok(())
}
