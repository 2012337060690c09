//! A node that shares the database and stays apart is an alarm.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use compat_tests::{Cluster, ClusterOptions};

/// How long it takes until a node that stays apart is an alarm, and more.
const ALARM_LIMIT: Duration = Duration::from_secs(90);

/// A file in the article's form.
fn fragments(own: &str, peer: &str) -> String {
    format!(
        "<join>\n  <multicast enabled=\"false\"/>\n  <tcp-ip enabled=\"true\">\n    <member>{peer}</member>\n  </tcp-ip>\n</join>\n\
         <interfaces enabled=\"true\">\n  <interface>{own}</interface>\n</interfaces>\n"
    )
}

fn prepare(test: &str, members: [&str; 2]) -> Result<Cluster> {
    let mut cluster =
        Cluster::prepare(test, &ClusterOptions { clustering: Some(true), ..Default::default() })?;
    for (index, member) in members.into_iter().enumerate() {
        let own = format!("192.168.5.{}", index + 1);
        let path = cluster.artifacts().path(&format!("node{}.xml", index + 1));
        fs::write(&path, fragments(&own, member)).with_context(|| format!("write {}", path.display()))?;
        cluster.nodes[index].options_mut().config = path;
    }
    Ok(cluster)
}

#[test]
fn a_node_that_lives_beside_the_cluster_is_an_alarm_with_its_reason() -> Result<()> {
    let test = "a_node_that_lives_beside_the_cluster_is_an_alarm_with_its_reason";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test, ["192.168.5.9", "192.168.5.9"])?;
    let path = cluster.artifacts().path("named.xml");
    let named = "<hazelcast><cluster-name>another-office</cluster-name><network><join><multicast enabled=\"false\"/>\
                 <tcp-ip enabled=\"true\"><member>192.168.5.9</member></tcp-ip></join></network></hazelcast>";
    fs::write(&path, named).context("write a file")?;
    cluster.nodes[1].options_mut().config = path;
    for node in &mut cluster.nodes {
        node.start()?;
    }
    let says = "uses this database and is not in this cluster";
    cluster.nodes[0].process()?.wait_for_log(&[says, "192.168.5.2", "another-office"], ALARM_LIMIT)?;
    cluster.nodes[1].process()?.wait_for_log(&[says, "192.168.5.1", "another-office"], ALARM_LIMIT)?;
    Ok(())
}
