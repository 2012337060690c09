//! `<outbound-ports>`. (`<public-address>` with a forwarded port carries the tests of key stores.)

use std::fs;
use std::net::TcpListener;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Cluster, Node};

use crate::stage::{SAY_LIMIT, chat, configure, document, form, prepare};

const RANGE: &str = "    <outbound-ports><ports>34700-34702</ports></outbound-ports>";

/// Local ports of the established connections to port 5701 that this node made.
fn ports_towards_members(node: &Node) -> Result<Vec<u16>> {
    let table =
        node.host().run(|| fs::read_to_string("/proc/thread-self/net/tcp").context("read the table"))?;
    let port = |column: &str| {
        column.rsplit(':').next().and_then(|port| u16::from_str_radix(port, 16).ok()).context("a port")
    };
    let mut ports = Vec::new();
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split_whitespace().collect();
        // State 1 is an established connection.
        if columns.get(3) == Some(&"01") && port(columns[2])? == 5701 {
            ports.push(port(columns[1])?);
        }
    }
    Ok(ports)
}

#[test]
fn connections_start_from_the_range_and_pass_over_ports_that_are_taken() -> Result<()> {
    let test = "connections_start_from_the_range_and_pass_over_ports_that_are_taken";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test, ["", ""])?;
    // Only the second node dials.
    configure(&mut cluster, 0, &document(&["192.168.5.1"], ""))?;
    configure(&mut cluster, 1, &document(&["192.168.5.1", "192.168.5.2"], RANGE))?;
    let host = cluster.nodes[1].host().clone();
    let _taken = host.run(|| TcpListener::bind(host.socket(34700)).context("take a port"))?;
    form(&mut cluster)?;
    let ports = ports_towards_members(&cluster.nodes[1])?;
    ensure!(
        ports.iter().any(|port| (34701..=34702).contains(port)) && !ports.contains(&34700),
        "connections start from {ports:?}"
    );
    chat(&cluster, "from the door on the left")?;
    // The port of the last run is not free for this destination yet; the next one is.
    cluster.nodes[1].stop()?;
    form_again(&mut cluster)
}

fn form_again(cluster: &mut Cluster) -> Result<()> {
    cluster.nodes[1].start()?;
    cluster.wait_until_formed().map(|_| ())
}

#[test]
fn a_range_without_a_free_port_is_named() -> Result<()> {
    let test = "a_range_without_a_free_port_is_named";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test, ["", RANGE])?;
    let host = cluster.nodes[1].host().clone();
    let _taken = host.run(|| {
        let ports = 34700..=34702;
        ports
            .map(|port| TcpListener::bind(host.socket(port)).context("take a port"))
            .collect::<Result<Vec<_>>>()
    })?;
    cluster.nodes[1].start()?;
    let says = ["192.168.5.1", "outbound-ports", "widen the range"];
    cluster.nodes[1].process()?.wait_for_log(&says, SAY_LIMIT).map(|_| ())
}
