//! Nodes that find each other by multicast on the loopback interface.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use cobnut_mesh::MulticastSettings;

use crate::support::{Plan, free_port, ip, joined, until};

/// Each test has a port of its own: groups are shared by everything on the machine.
fn multicast(port: u16, trusts: fn(IpAddr) -> bool) -> MulticastSettings {
    MulticastSettings {
        group: Ipv4Addr::new(224, 2, 2, 3).into(),
        port,
        time_to_live: 0,
        loopback: true,
        trusts: Arc::new(trusts),
    }
}

#[tokio::test]
async fn nodes_without_any_list_find_each_other() {
    let port = free_port(ip(1));
    let plan = |node| Plan { multicast: Some(multicast(port, |_| true)), ..Plan::new(node) };
    let (one, two, three) = (plan(71).start().await, plan(72).start().await, plan(73).start().await);
    joined(&[&one, &two, &three]).await;
    for node in [one, two, three] {
        node.stop().await;
    }
}

#[tokio::test]
async fn other_clusters_and_untrusted_senders_are_not_even_dialled() {
    let port = free_port(ip(1));
    let plan = |node| Plan { multicast: Some(multicast(port, |_| true)), ..Plan::new(node) };
    let one = plan(75).start().await;
    let other = Plan { cluster_name: "other".into(), ..plan(76) }.start().await;
    let stranger = Plan { secret: 9, ..plan(77) }.start().await;
    let deaf = Plan { multicast: Some(multicast(port, |_| false)), ..Plan::new(78) }.start().await;
    // The deaf one does not dial; the first one hears it and does.
    until("one hears the deaf one", || one.size() == 2 && deaf.size() == 2).await;
    // Several announcements of the others have been heard by now.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!((one.size(), other.size(), stranger.size()), (2, 1, 1));
    assert!(one.cluster.refusals().is_empty(), "{:?}", one.cluster.refusals());
    for node in [one, other, stranger, deaf] {
        node.stop().await;
    }
}

#[tokio::test]
async fn connections_start_from_the_ports_that_are_allowed() {
    let free = free_port(ip(81));
    let one = Plan::new(80).start().await;
    let two =
        Plan { outbound_ports: vec![(free, free)], ..Plan::new(81).knows(ip(80), one.address().port()) };
    let two = two.start().await;
    joined(&[&one, &two]).await;
    let table = std::fs::read_to_string("/proc/net/tcp").expect("table of connections");
    let from = format!(":{free:04X} ");
    let to = format!(":{:04X} ", one.address().port());
    // An established connection (state 01) between the two ports.
    assert!(
        table.lines().any(|line| line.contains(&from) && line.contains(&to) && line.contains(" 01 ")),
        "{table}"
    );
    one.stop().await;
    two.stop().await;
}
