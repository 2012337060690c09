//! Members that are not simply where their file says: on IPv6, behind a name with several addresses, behind a gateway that
//! maps a port, or silent.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use compat_tests::{Cluster, ClusterOptions, Host, Need, Node, NodeOptions, eventually, http};

/// How long nodes may take to find and join each other.
const JOIN_LIMIT: Duration = Duration::from_secs(30);
const SAY_LIMIT: Duration = Duration::from_secs(20);
/// The port of the mesh.
const PORT: u16 = 5701;

/// A file that listens on `own`, names these members and has further elements in `<network>`.
fn file(own: &str, members: &[&str], further: &str) -> String {
    let members: Vec<String> = members.iter().map(|member| format!("<member>{member}</member>")).collect();
    format!(
        "<hazelcast>\n<network>\n{further}\n<join>\n<multicast enabled=\"false\"/>\n<tcp-ip enabled=\"true\" \
         connection-timeout-seconds=\"1\">\n{}\n</tcp-ip>\n</join>\n<interfaces enabled=\"true\"><interface>{own}</interface>\
         </interfaces>\n</network>\n<properties><property name=\"hazelcast.prefer.ipv4.stack\">false</property></properties>\n\
         </hazelcast>\n",
        members.join("\n")
    )
}

fn write(cluster: &Cluster, name: &str, text: &str) -> Result<PathBuf> {
    let path = cluster.artifacts().path(name);
    fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    Ok(path)
}

fn prepare(test: &str) -> Result<Cluster> {
    let options = ClusterOptions { clustering: Some(true), ..Default::default() };
    let cluster = Cluster::prepare(test, &options)?;
    cluster.forbid_discovery_by_database();
    Ok(cluster)
}

/// A third node on `host` with this file.
fn third(cluster: &mut Cluster, host: &Arc<Host>, config: PathBuf) -> Result<Node> {
    let options = NodeOptions { config, ..cluster.nodes[0].options_mut().clone() };
    Node::new("node3", host, cluster.artifacts(), options)
}

/// Waits until the mesh at `at`, asked on the node's own host, has this many members.
fn wait_for_size(node: &mut Node, at: SocketAddr, size: usize) -> Result<()> {
    let host = Arc::clone(node.host());
    let waited = eventually(&format!("{size} members at {at}"), JOIN_LIMIT, || {
        let answer = http::get(&host, at, "/hazelcast/health/cluster-size", &[])?;
        let seen = answer.body.trim().trim_matches('"');
        if seen == size.to_string() { Ok(Some(())) } else { bail!("it sees {seen:?}") }
    });
    match waited {
        Ok(_) => Ok(()),
        Err(err) => Err(err.context(node.process()?.log_tail())),
    }
}

/// The names that a host knows; the file is the namespace's own (`ip netns exec` puts it over `/etc`).
struct Names(PathBuf);

impl Names {
    fn set(host: &Host, lines: &str) -> Result<Self> {
        let folder = Path::new("/etc/netns").join(host.namespace());
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        fs::write(folder.join("hosts"), lines).context("write the names of a host")?;
        Ok(Self(folder))
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        // Nobody reads it any more; what is left over is a few bytes.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn members_on_ipv6_are_one_cluster_and_a_name_is_dialled_at_each_of_its_addresses() -> Result<()> {
    let test = "members_on_ipv6_are_one_cluster_and_a_name_is_dialled_at_each_of_its_addresses";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test)?;
    let three = cluster.lab().host("three", Ipv4Addr::new(192, 168, 5, 3))?;
    let own: [IpAddr; 3] = ["fd00:5::1".parse()?, "fd00:5::2".parse()?, "fd00:5::3".parse()?];
    let hosts =
        [Arc::clone(cluster.nodes[0].host()), Arc::clone(cluster.nodes[1].host()), Arc::clone(&three)];
    for (host, address) in hosts.iter().zip(own) {
        host.add_address(address, 64)?;
    }
    let at = own.map(|address| SocketAddr::new(address, PORT));

    // One names the other with brackets and port, the other that one without both.
    for (index, member) in ["[fd00:5::2]:5701", "fd00:5::1"].into_iter().enumerate() {
        let text = file(&own[index].to_string(), &[member], "");
        let path = write(&cluster, &format!("node{}.xml", index + 1), &text)?;
        cluster.nodes[index].options_mut().config = path;
        cluster.nodes[index].start()?;
    }
    for (node, at) in cluster.nodes.iter_mut().zip(at) {
        wait_for_size(node, at, 2)?;
    }
    ensure!(cluster.nodes[0].cluster_size().is_err(), "nothing of the mesh listens on IPv4");
    let mut one = cluster.login(0, "10023", "Spark")?;
    let mut two = cluster.login(1, "10024", "Spark")?;
    one.message(two.jid(), "far away")?;
    two.wait_for_message("far away", JOIN_LIMIT)?;

    // At the first address of the name nobody listens.
    let _names =
        Names::set(&three, "127.0.0.1 localhost\n192.168.5.2 pair.example\nfd00:5::2 pair.example\n")?;
    let path = write(&cluster, "node3.xml", &file(&own[2].to_string(), &["pair.example:5701"], ""))?;
    let mut third = third(&mut cluster, &three, path)?;
    third.start()?;
    wait_for_size(&mut third, at[2], 3)?;
    for (node, at) in cluster.nodes.iter_mut().zip(at) {
        wait_for_size(node, at, 3)?;
    }
    one.close()?;
    two.close()?;
    third.stop()
}

/// What the gateway does: one port of its own leads to the mesh of the node behind it, which may use the database outside
/// and must not dial any member itself.
const MAPPING: &str = "
table ip gateway {
  chain to_inside {
    type nat hook prerouting priority -100;
    ip daddr 192.168.5.3 tcp dport 15701 dnat to 10.7.0.2:5701
  }
  chain to_outside {
    type nat hook postrouting priority 100;
    ip saddr 10.7.0.0/24 masquerade
  }
  chain across {
    type filter hook forward priority 0;
    ip saddr 10.7.0.0/24 tcp dport { 5701, 15701 } drop
  }
}
";

/// Makes `gateway` a router between the switch and 10.7.0.0/24 by the rules of [`MAPPING`].
fn map_port(gateway: &Host, inside: &Host, rules: &Path) -> Result<()> {
    let gate: IpAddr = Ipv4Addr::new(10, 7, 0, 1).into();
    gateway.add_address(gate, 24)?;
    inside.add_default_route(gate)?;
    gateway.run(|| {
        // Both networks are on one switch; nobody shall be told of a shorter way.
        for (key, value) in [("all/send_redirects", "0"), ("eth0/send_redirects", "0")] {
            fs::write(format!("/proc/sys/net/ipv4/conf/{key}"), value)
                .with_context(|| format!("set {key}"))?;
        }
        fs::write("/proc/sys/net/ipv4/ip_forward", "1").context("switch on forwarding")
    })?;
    filter(gateway, rules)
}

/// Gives a host these rules of nftables.
fn filter(host: &Host, rules: &Path) -> Result<()> {
    let output = host.command("nft").arg("-f").arg(rules).output().context("run nft")?;
    ensure!(output.status.success(), "nft: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

#[test]
fn a_node_behind_a_gateway_is_dialled_where_it_says() -> Result<()> {
    let test = "a_node_behind_a_gateway_is_dialled_where_it_says";
    if !Cluster::ready(test, &[Need::Program("nft", "nftables")]) {
        return Ok(());
    }
    let mut cluster = prepare(test)?;
    let gateway = cluster.lab().host("gateway", Ipv4Addr::new(192, 168, 5, 3))?;
    let inside = cluster.lab().host("inside", Ipv4Addr::new(10, 7, 0, 2))?;
    let rules = write(&cluster, "gateway.nft", MAPPING)?;
    map_port(&gateway, &inside, &rules)?;

    // The first knows the mapped port; the second knows nobody but the first and has to be told.
    let lists: [&[&str]; 2] = [&["192.168.5.3:15701"], &["192.168.5.1:5701"]];
    for (index, members) in lists.into_iter().enumerate() {
        let text = file(&format!("192.168.5.{}", index + 1), members, "");
        let path = write(&cluster, &format!("node{}.xml", index + 1), &text)?;
        cluster.nodes[index].options_mut().config = path;
    }
    let public = "<public-address>192.168.5.3:15701</public-address>";
    let path = write(&cluster, "inside.xml", &file("10.7.0.2", &["192.168.5.1:5701"], public))?;
    let mut third = third(&mut cluster, &inside, path)?;
    third.start()?;
    for node in &mut cluster.nodes {
        node.start()?;
    }
    for node in cluster.nodes.iter_mut().chain([&mut third]) {
        node.wait_for_cluster_size(3, JOIN_LIMIT)?;
    }
    let seen = cluster.nodes[1].api("cluster")?["members"].to_string();
    ensure!(seen.contains("192.168.5.3:15701") && !seen.contains("10.7.0.2"), "{seen}");
    third.stop()
}

/// A firewall that answers nobody who asks for the mesh.
const SILENCE: &str = "
table ip firewall {
  chain input {
    type filter hook input priority 0;
    tcp dport 5701 drop
  }
}
";

#[test]
fn a_member_that_does_not_answer_is_given_the_time_that_the_file_says() -> Result<()> {
    let test = "a_member_that_does_not_answer_is_given_the_time_that_the_file_says";
    if !Cluster::ready(test, &[Need::Program("nft", "nftables")]) {
        return Ok(());
    }
    let mut cluster = prepare(test)?;
    let rules = write(&cluster, "firewall.nft", SILENCE)?;
    filter(cluster.nodes[1].host(), &rules)?;
    let path = write(&cluster, "alone.xml", &file("192.168.5.1", &["192.168.5.2:5701"], ""))?;
    let node = &mut cluster.nodes[0];
    node.options_mut().config = path;
    node.start()?;
    let says = ["expects other members and is alone", "192.168.5.2:5701", "no answer within 1 s"];
    node.process()?.wait_for_log(&says, SAY_LIMIT)?;
    node.stop()
}
