//! Nodes whose file names nobody: they find each other by multicast, as an Openfire that nobody configured does.

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Artifacts, Cluster, ClusterOptions, DOMAIN, Node, NodeOptions, record_timing};

/// How long nodes may take to hear and join each other.
const JOIN_LIMIT: Duration = Duration::from_secs(20);
/// How long a node may take to notice that others are gone.
const LEAVE_LIMIT: Duration = Duration::from_secs(20);
/// How long both sides have to say why they stay apart.
const SAY_LIMIT: Duration = Duration::from_secs(15);

/// What the plugin of Openfire 4.x sets up when nobody edits it: a group, multicast, and sample blocks that are switched off.
fn unedited(cluster_name: &str, trusted: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<hazelcast xmlns="http://www.hazelcast.com/schema/config">
  <group><name>{cluster_name}</name><password>{cluster_name}</password></group>
  <network>
    <port auto-increment="true" port-count="100">5701</port>
    <outbound-ports><ports>0</ports></outbound-ports>
    <join>
      <multicast enabled="true">
        <multicast-group>224.2.2.3</multicast-group>
        <multicast-port>54327</multicast-port>{trusted}
      </multicast>
      <tcp-ip enabled="false"><interface>127.0.0.1</interface></tcp-ip>
      <aws enabled="false"/>
    </join>
    <interfaces enabled="false"><interface>10.10.1.*</interface></interfaces>
    <ssl enabled="false"/>
    <symmetric-encryption enabled="false">
      <algorithm>PBEWithMD5AndDES</algorithm>
      <salt>thesalt</salt>
      <password>thepass</password>
      <iteration-count>19</iteration-count>
    </symmetric-encryption>
  </network>
  <partition-group enabled="false"/>
  <map name="default"><backup-count>1</backup-count></map>
</hazelcast>
"#
    )
}

fn write(folder: &Artifacts, name: &str, text: &str) -> Result<PathBuf> {
    let path = folder.path(name);
    fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    Ok(path)
}

/// A prepared cluster whose two nodes read the same file.
fn prepare(test: &str) -> Result<Cluster> {
    let mut cluster =
        Cluster::prepare(test, &ClusterOptions { clustering: Some(true), ..Default::default() })?;
    cluster.forbid_discovery_by_database();
    let path = write(cluster.artifacts(), "hazelcast.xml", &unedited("openfire", ""))?;
    for node in &mut cluster.nodes {
        node.options_mut().config.clone_from(&path);
    }
    Ok(cluster)
}

fn third(cluster: &mut Cluster, config: PathBuf) -> Result<Node> {
    let host = cluster.lab().host("three", Ipv4Addr::new(192, 168, 5, 3))?;
    let options = NodeOptions { config, ..cluster.nodes[0].options_mut().clone() };
    Node::new("node3", &host, cluster.artifacts(), options)
}

#[test]
fn an_unedited_file_makes_one_cluster_in_any_order_and_after_a_cut() -> Result<()> {
    let test = "an_unedited_file_makes_one_cluster_in_any_order_and_after_a_cut";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test)?;
    for order in [[0, 1], [1, 0]] {
        for index in order {
            cluster.nodes[index].start()?;
        }
        let started = Instant::now();
        for node in &mut cluster.nodes {
            node.wait_for_cluster_size(2, JOIN_LIMIT)?;
        }
        record_timing("multicast: one cluster since both nodes serve", started.elapsed());
        if order == [0, 1] {
            for node in &mut cluster.nodes {
                node.stop()?;
            }
        }
    }

    let config = cluster.nodes[0].options_mut().config.clone();
    let mut third = third(&mut cluster, config)?;
    third.start()?;
    third.wait_for_cluster_size(3, JOIN_LIMIT)?;
    for node in &mut cluster.nodes {
        node.wait_for_cluster_size(3, JOIN_LIMIT)?;
    }

    cluster.nodes[1].host().unplug()?;
    cluster.nodes[1].wait_for_cluster_size(1, LEAVE_LIMIT)?;
    cluster.nodes[0].wait_for_cluster_size(2, LEAVE_LIMIT)?;
    third.wait_for_cluster_size(2, LEAVE_LIMIT)?;
    cluster.nodes[1].host().plug_in()?;
    let replugged = Instant::now();
    third.wait_for_cluster_size(3, JOIN_LIMIT)?;
    for node in &mut cluster.nodes {
        node.wait_for_cluster_size(3, JOIN_LIMIT)?;
    }
    record_timing("multicast: one cluster since the cable is back", replugged.elapsed());

    // They are one cluster for the users, too.
    let mut one = cluster.login(0, "10023", "Spark")?;
    let mut two = cluster.login(1, "10024", "Spark")?;
    one.message(two.jid(), "found you")?;
    two.wait_for_message("found you", JOIN_LIMIT)?;
    one.close()?;
    two.close()?;
    third.stop()
}

#[test]
fn another_name_another_database_and_distrust_keep_nodes_apart() -> Result<()> {
    let test = "another_name_another_database_and_distrust_keep_nodes_apart";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test)?;
    for node in &mut cluster.nodes {
        node.start()?;
    }
    for node in &mut cluster.nodes {
        node.wait_for_cluster_size(2, JOIN_LIMIT)?;
    }

    let other_name = write(cluster.artifacts(), "other-name.xml", &unedited("another-office", ""))?;
    let mut stranger = third(&mut cluster, other_name)?;
    stranger.start()?;
    let says = "cluster name differs";
    stranger.process()?.wait_for_log(&[says, "another-office"], SAY_LIMIT)?;
    cluster.nodes[0].process()?.wait_for_log(&["192.168.5.3", says, "another-office"], SAY_LIMIT)?;
    ensure!(stranger.cluster_size()? == 1, "a node of another name joined");
    stranger.stop()?;

    let mark = cluster.nodes[0].process()?.log_mark();
    let shared = stranger.options_mut().database.clone();
    stranger.options_mut().config = cluster.nodes[0].options_mut().config.clone();
    stranger.options_mut().database = cluster.other_database();
    DOMAIN.clone_into(&mut stranger.options_mut().domain);
    stranger.start()?;
    let says = "another database";
    cluster.nodes[0].process()?.wait_for_log_since(mark, &["192.168.5.3", says], SAY_LIMIT)?;
    stranger.process()?.wait_for_log(&["192.168.5.1", says], SAY_LIMIT)?;
    ensure!(stranger.cluster_size()? == 1, "a node with another database joined");
    stranger.stop()?;

    // It shares everything, and all of them believe only addresses that none of them has.
    let distrust = "<trusted-interfaces><interface>10.9.8.*</interface></trusted-interfaces>";
    let distrustful = write(cluster.artifacts(), "distrust.xml", &unedited("openfire", distrust))?;
    stranger.options_mut().database = shared;
    stranger.options_mut().config.clone_from(&distrustful);
    for node in &mut cluster.nodes {
        node.stop()?;
        node.options_mut().config.clone_from(&distrustful);
        node.start()?;
    }
    stranger.start()?;
    stranger.process()?.wait_for_log(&["192.168.5.1", "trusted-interfaces"], SAY_LIMIT)?;
    cluster.nodes[0].process()?.wait_for_log(&["192.168.5.3", "trusted-interfaces"], SAY_LIMIT)?;
    ensure!(stranger.cluster_size()? == 1, "a distrustful node joined");
    ensure!(cluster.nodes[0].cluster_size()? == 1, "distrustful nodes joined");

    // The same with the range that they are in.
    let trust = "<trusted-interfaces><interface>192.168.5.1-3</interface></trusted-interfaces>";
    fs::write(&distrustful, unedited("openfire", trust)).context("rewrite the file")?;
    for node in cluster.nodes.iter_mut().chain([&mut stranger]) {
        node.stop()?;
        node.start()?;
    }
    stranger.wait_for_cluster_size(3, JOIN_LIMIT)?;
    stranger.stop()
}
