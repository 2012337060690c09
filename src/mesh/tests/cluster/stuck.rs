//! A member whose application takes nothing any more: it holds up nobody else, costs a bounded amount of memory, and the
//! operator is told.

use std::time::Duration;

use bytes::Bytes;
use cobnut_mesh::{ClusterEvent, Envelope, JournalKind};
use cobnut_model::limits::MESH_LINK_QUEUE_FRAMES_MAX;
use cobnut_net::within;

use crate::support::{Plan, TestNode, full, ip, joined, until};

/// Stanzas to the member that works: more than a window.
const TO_THE_OTHER: u32 = 3000;

fn numbered(number: u32) -> Envelope {
    Envelope::Stanza { to: vec![full("x@d/r")], stanza: Bytes::from(number.to_string()) }
}

/// Reads events up to the stanza with this number; all before it come, in order.
async fn read_up_to(node: &mut TestNode, last: u32) {
    for expected in 0..=last {
        let got = node
            .event(|event| match event {
                ClusterEvent::Received { envelope: Envelope::Stanza { stanza, .. }, .. } => {
                    std::str::from_utf8(stanza).ok()?.parse::<u32>().ok()
                }
                _ => None,
            })
            .await;
        assert_eq!(got, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_member_holds_up_nobody_else_and_is_reported() {
    let one = Plan::new(110).start().await;
    let knows_one = |node| Plan::new(node).knows(ip(110), one.address().port());
    let mut stuck = knows_one(111).start().await;
    let mut other = knows_one(112).start().await;
    joined(&[&one, &stuck, &other]).await;

    let mut sent = 0;
    // Nobody reads the events of the stuck member: at some point its queue is full.
    while let Ok(done) = within(Duration::from_secs(2), one.cluster.send(stuck.id(), numbered(sent))).await {
        done.expect("member");
        sent += 1;
    }
    let waiting = one.cluster.links().iter().map(|link| link.unconfirmed_payloads).max().unwrap_or(0);
    assert!(waiting <= MESH_LINK_QUEUE_FRAMES_MAX, "{waiting} stanzas wait");

    let (cluster, to) = (one.cluster.clone(), other.id());
    let sending = tokio::spawn(async move {
        for number in 0..TO_THE_OTHER {
            cluster.send(to, numbered(number)).await.expect("member");
        }
    });
    read_up_to(&mut other, TO_THE_OTHER - 1).await;
    sending.await.expect("sent");

    let told = |kind| {
        one.cluster.journal(0).iter().any(|entry| entry.kind == kind && entry.member == Some(stuck.id()))
    };
    until("the operator is told", || told(JournalKind::Stuck)).await;
    until("it is counted", || one.metrics.encode().contains("cobnut_mesh_stuck_members 1")).await;
    assert_eq!(one.size(), 3, "it is heard, so it stays a member");
    assert!(!told(JournalKind::TakesAgain));
    read_up_to(&mut stuck, sent - 1).await;
    let told = |kind| one.cluster.journal(0).iter().any(|entry| entry.kind == kind);
    until("the operator is told again", || told(JournalKind::TakesAgain)).await;
    for node in [one, stuck, other] {
        node.stop().await;
    }
}
