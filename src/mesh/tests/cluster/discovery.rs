//! Nodes that find each other by multicast on the loopback interface.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use cobnut_mesh::MulticastSettings;

use crate::support::{Plan, candidate, free_port, ip, joined, until};

/// Each test has a port of its own: groups are shared by everything on the machine.
fn multicast(port: u16, trusts: fn(IpAddr) -> bool) -> MulticastSettings {
    MulticastSettings {
        is_optional: false,
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
async fn a_cluster_of_another_name_is_refused_with_the_reason_and_strangers_are_not_even_dialled() {
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
    for (node, peer) in [(&one, ip(76)), (&other, ip(75))] {
        let told = node.cluster.refusals();
        assert!(told.iter().any(|entry| entry.reason.contains("cluster name differs")), "{told:?}");
        assert!(told.iter().all(|entry| entry.peer.ip() == peer || entry.peer.ip() == ip(78)), "{told:?}");
    }
    assert!(stranger.cluster.refusals().is_empty(), "{:?}", stranger.cluster.refusals());
    for node in [one, other, stranger, deaf] {
        node.stop().await;
    }
}

#[tokio::test]
async fn a_port_that_is_busy_for_one_destination_is_passed_over() {
    let free = free_port(ip(83));
    let one = Plan::new(82).start().await;
    // Somebody else on this host talks to the same node from the first port.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.set_reuseaddr(true).unwrap();
    held.bind((ip(83), free).into()).unwrap();
    let held = held.connect(one.address()).await.unwrap();
    let plan = Plan::new(83).knows(ip(82), one.address().port());
    let two =
        Plan { outbound_ports: vec![(free, free), (free_port(ip(83)), u16::MAX)], ..plan }.start().await;
    joined(&[&one, &two]).await;
    drop(held);
    one.stop().await;
    two.stop().await;
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

#[tokio::test]
async fn the_list_of_members_changes_while_the_node_runs() {
    let (one, two) = (Plan::new(90).start().await, Plan::new(91).start().await);
    one.cluster.set_candidates(vec![candidate(ip(91), two.address().port())]);
    joined(&[&one, &two]).await;
    one.cluster.set_candidates(Vec::new());
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!((one.size(), two.size()), (2, 2), "who is a member stays one");
    assert!(one.cluster.candidates().is_empty());
    for node in [one, two] {
        node.stop().await;
    }
}
