//! The article's two nodes where the members' addresses are IPv6.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Cluster, ClusterOptions, Host, eventually};

const FORM_LIMIT: Duration = Duration::from_secs(20);
const SAY_LIMIT: Duration = Duration::from_secs(10);
const ADDRESSES: [&str; 2] = ["fd00:5::1", "fd00:5::2"];

fn add_address(host: &Host, address: &str) -> Result<()> {
    let mut command = host.command("ip");
    // Without the search for a double, which takes a second and would be a lottery here.
    command.args(["-6", "address", "add", &format!("{address}/64"), "dev", "eth0", "nodad"]);
    let output = command.output().context("run ip")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn file(own: &str, members: [&str; 2]) -> String {
    format!(
        "<hazelcast><properties><property name=\"hazelcast.prefer.ipv4.stack\">false</property></properties><network>\
         <join><multicast enabled=\"false\"/><tcp-ip enabled=\"true\"><member>{}</member><member>{}</member></tcp-ip></join>\
         <interfaces enabled=\"true\"><interface>{own}</interface></interfaces></network></hazelcast>",
        members[0], members[1]
    )
}

#[test]
fn members_with_ipv6_addresses_are_one_cluster_in_either_notation() -> Result<()> {
    let test = "members_with_ipv6_addresses_are_one_cluster_in_either_notation";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let options = ClusterOptions { clustering: Some(true), ..Default::default() };
    let mut cluster = Cluster::prepare(test, &options)?;
    cluster.forbid_discovery_by_database();
    for (node, address) in cluster.nodes.iter().zip(ADDRESSES) {
        add_address(node.host(), address)?;
    }
    for members in [["[fd00:5::1]:5701", "[fd00:5::2]:5701"], ["fd00:5::1", "fd00:5:0:0::2"]] {
        for (index, own) in ADDRESSES.into_iter().enumerate() {
            let path = cluster.artifacts().path(&format!("node{}.xml", index + 1));
            fs::write(&path, file(own, members)).context("write a file")?;
            cluster.nodes[index].options_mut().config = path;
            cluster.nodes[index].start()?;
        }
        for node in &cluster.nodes {
            // The port of the cluster listens at the IPv6 address only: the console is asked.
            eventually("both members", FORM_LIMIT, || {
                let members = node.api("cluster")?["members"].to_string();
                let has_all = ADDRESSES.iter().all(|address| members.contains(&format!("[{address}]:5701")));
                Ok(has_all.then_some(()))
            })?;
        }
        let mut one = cluster.login(0, "10023", "Spark")?;
        let mut two = cluster.login(1, "10024", "Spark")?;
        cluster.wait_for_sessions(&[one.jid(), two.jid()])?;
        one.message(two.jid(), "over IPv6")?;
        two.wait_for_message("over IPv6", SAY_LIMIT)?;
        for node in &mut cluster.nodes {
            node.stop()?;
        }
    }
    Ok(())
}
