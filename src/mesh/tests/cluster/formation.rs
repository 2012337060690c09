//! Nodes find each other from one-sided lists in every order, and part again.

use std::time::Duration;

use cobnut_mesh::{ClusterEvent, Envelope};

use crate::support::{Plan, free_port, full, ip, joined, record, until};

/// The article's two nodes: the second one's entry for the first is the typo.
fn article(first: u8, second: u8) -> (Plan, Plan) {
    let (port_one, port_two) = (free_port(ip(first)), free_port(ip(second)));
    let one = Plan::new(first).port(port_one).knows(ip(second), port_two).knows(ip(first), port_one);
    let typo = format!("127.0.5:{first}:{port_one}");
    let two = Plan::new(second).port(port_two).knows(typo, port_one).knows(ip(second), port_two);
    (one, two)
}

#[tokio::test]
async fn the_article_forms_one_cluster_in_both_start_orders_and_after_restarts() {
    let (one, two) = article(1, 2);
    for first_starts_first in [true, false] {
        let (mut a, mut b);
        if first_starts_first {
            a = one.start().await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            b = two.start().await;
        } else {
            b = two.start().await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            a = one.start().await;
        }
        let took = joined(&[&a, &b]).await;
        assert!(took < Duration::from_secs(5), "{took:?}");
        let oldest = if first_starts_first { a.id() } else { b.id() };
        until("both agree on the oldest", || {
            [&a, &b].iter().all(|node| {
                let members = node.cluster.members();
                members.iter().filter(|member| member.is_oldest).map(|member| member.id).eq([oldest])
            })
        })
        .await;
        b.stop().await;
        until("the stopped node is gone", || a.size() == 1).await;
        b = two.start().await;
        assert!(joined(&[&a, &b]).await < Duration::from_secs(5));
        a.stop().await;
        a = one.start().await;
        assert!(joined(&[&a, &b]).await < Duration::from_secs(5));
        a.stop().await;
        b.stop().await;
    }
}

#[tokio::test]
async fn sessions_and_stanzas_cross() {
    let (one, two) = article(3, 4);
    let (a, mut b) = (one.start().await, two.start().await);
    a.cluster.publish(record("early@d/r", 1));
    joined(&[&a, &b]).await;
    a.cluster.publish(record("late@d/r", 2));
    until("both sessions are known", || b.cluster.sessions().len() == 2).await;
    assert!(a.cluster.update(&full("late@d/r"), |record| record.has_carbons = true));
    until("the change is known", || {
        b.cluster.sessions().get(&full("late@d/r")).is_some_and(|entry| entry.record.has_carbons)
    })
    .await;
    assert_eq!(b.cluster.sessions().count_of(a.id()), 2);
    for number in 0..500_u32 {
        let stanza = bytes::Bytes::from(number.to_string());
        let envelope = Envelope::Stanza { to: vec![full("x@d/r")], stanza };
        a.cluster.send(b.id(), envelope).await.expect("member");
    }
    for number in 0..500_u32 {
        let got = b
            .event(|event| match event {
                ClusterEvent::Received { envelope: Envelope::Stanza { stanza, .. }, .. } => {
                    Some(stanza.clone())
                }
                _ => None,
            })
            .await;
        assert_eq!(got, number.to_string().as_bytes());
    }
    assert!(a.cluster.withdraw(&full("late@d/r")).is_some());
    until("the withdrawal is known", || b.cluster.sessions().len() == 1).await;
    a.stop().await;
    let lost = b
        .event(|event| match event {
            ClusterEvent::MemberLeft { sessions, .. } => Some(sessions.clone()),
            _ => None,
        })
        .await;
    assert_eq!(lost.len(), 1);
    assert!(b.cluster.sessions().is_empty());
    b.stop().await;
}

/// The third node knows one of the others by host name, and an entry that nobody answers blocks nobody.
#[tokio::test]
async fn a_late_third_node_finds_everybody_through_one_name() {
    let home = std::net::IpAddr::from([127, 0, 0, 1]);
    let port = free_port(home);
    let mut first = Plan::new(5).port(port).knows("no-such-host.invalid", 5701).knows(ip(250), 5701);
    first.ip = home;
    let a = first.start().await;
    let b = Plan::new(6).knows(ip(251), 5701).knows("localhost", port).start().await;
    joined(&[&a, &b]).await;
    let c = Plan::new(7).knows("localhost", port).start().await;
    joined(&[&a, &b, &c]).await;
    let orders: Vec<Vec<_>> = [&a, &b, &c]
        .iter()
        .map(|node| node.cluster.members().iter().map(|member| member.id).collect())
        .collect();
    assert_eq!(orders, vec![vec![a.id(), b.id(), c.id()]; 3]);
    let acting = |key: &str| [&a, &b, &c].iter().filter(|node| node.cluster.is_responsible(key)).count();
    for number in 0..100 {
        assert_eq!(acting(&format!("user{number}@d")), 1);
    }
    a.stop().await;
    joined(&[&b, &c]).await;
    for node in [b, c] {
        node.stop().await;
    }
}
