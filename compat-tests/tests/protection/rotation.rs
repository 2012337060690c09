//! `cobnut cluster rotate-secret` while people chat.

use std::net::Ipv4Addr;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use compat_tests::{Cluster, Node, cobnut_command};

use crate::stage::{JOIN_LIMIT, SAY_LIMIT, configure, document, form, prepare};

/// A third node for a cluster of two, of the same files and database.
fn third(cluster: &mut Cluster) -> Result<Node> {
    let host = cluster.lab().host("three", Ipv4Addr::new(192, 168, 5, 3))?;
    let options = cluster.nodes[1].options_mut().clone();
    Node::new("node3", &host, cluster.artifacts(), options)
}

/// How long the old secret stays valid, in seconds: long enough for two busy nodes to see the new one before it is proven.
const GRACE_SECONDS: u64 = 24;

#[test]
fn a_new_secret_reaches_running_nodes_and_nobody_notices() -> Result<()> {
    let test = "a_new_secret_reaches_running_nodes_and_nobody_notices";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test, ["", ""])?;
    for index in 0..2 {
        configure(&mut cluster, index, &document(&["192.168.5.1", "192.168.5.2", "192.168.5.3"], ""))?;
    }
    form(&mut cluster)?;
    let mut third = third(&mut cluster)?;
    third.start()?;
    third.wait_for_cluster_size(3, JOIN_LIMIT)?;
    let mut one = cluster.login(0, "10023", "Spark")?;
    let mut two = cluster.login(1, "10024", "Spark")?;
    cluster.wait_for_sessions(&[one.jid(), two.jid()])?;

    let url = cluster.nodes[0].options_mut().database.clone();
    let grace = GRACE_SECONDS.to_string();
    let arguments = ["cluster", "rotate-secret", "--grace", &grace, "--database", &url];
    let folder = cluster.artifacts().folder().to_owned();
    let rotate =
        |cluster: &Cluster| cobnut_command(Some(cluster.nodes[0].host().as_ref()), &folder, &arguments);
    let output = rotate(&cluster)?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let again = rotate(&cluster)?;
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    ensure!(!again.status.success() && said.contains("--force"), "a second rotation waits: {said}");

    // Before, while and after the new secret is proven, and once the old one is void.
    for second in 0..GRACE_SECONDS + 8 {
        let text = format!("said in second {second}");
        one.message(two.jid(), &text)?;
        two.wait_for_message(&text, SAY_LIMIT)?;
        thread::sleep(Duration::from_secs(1));
    }
    for node in cluster.nodes.iter_mut().chain([&mut third]) {
        node.process()?.wait_for_log(&["this node knows the new one"], SAY_LIMIT)?;
        ensure!(node.cluster_size()? == 3, "{} lost another", node.name());
        let log = node.process()?.log();
        ensure!(!log.contains("may not join"), "somebody was refused: {log}");
        ensure!(!log.contains("member left"), "somebody was removed: {log}");
    }
    // Whoever starts now proves the new secret.
    cluster.nodes[1].stop()?;
    cluster.nodes[1].start()?;
    cluster.nodes[1].wait_for_cluster_size(3, SAY_LIMIT)?;
    one.close()
}
