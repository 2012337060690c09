//! The shared secret changes while the cluster runs.

use cobnut_mesh::{ClusterEvent, Protection};
use cobnut_net::MemberTls;

use crate::support::{Plan, TestNode, free_port, ip, joined, record, until};

const OLD: [u8; 32] = [1; 32];
const NEW: [u8; 32] = [2; 32];

fn encrypted(plan: Plan) -> Plan {
    let tls = Some(MemberTls::ephemeral().expect("keys"));
    Plan { protection: Protection { tls, ..Protection::default() }, ..plan }
}

fn was_told(node: &TestNode, reason: &str) -> bool {
    node.cluster.refusals().iter().any(|refusal| refusal.reason.contains(reason))
}

#[tokio::test]
async fn a_rotation_under_way_loses_nobody_and_the_old_secret_lets_nobody_in_afterwards() {
    let port = free_port(ip(150));
    let mut one = encrypted(Plan::new(150).port(port)).start().await;
    let two = encrypted(Plan::new(151).knows(ip(150), port)).start().await;
    let three = encrypted(Plan::new(152).knows(ip(150), port)).start().await;
    joined(&[&one, &two, &three]).await;
    one.cluster.publish(record("ann@example.org/spark", 1));
    until("the session is everywhere", || three.cluster.sessions().len() == 1).await;

    // Known everywhere, then proven everywhere, then alone; a node that comes meanwhile knows both.
    let steps = [(OLD, vec![NEW]), (NEW, vec![OLD]), (NEW, Vec::new())];
    for (current, previous) in steps {
        for node in [&one, &two, &three] {
            node.cluster.set_secrets(current, previous.clone());
        }
    }
    until("links are back", || [&one, &two, &three].iter().all(|node| node.size() == 3)).await;
    one.cluster.publish(record("bob@example.org/spark", 2));
    until("the links carry changes", || [&two, &three].iter().all(|node| node.cluster.sessions().len() == 2))
        .await;
    while let Ok(event) = one.events.try_recv() {
        assert!(!matches!(event, ClusterEvent::MemberLeft { .. }), "{event:?}");
    }

    let stale = encrypted(Plan::new(153).knows(ip(150), port)).start().await;
    until("both sides say why", || {
        was_told(&one, "from before the last rotation") && was_told(&stale, "after a rotation of the secret")
    })
    .await;
    assert_eq!((one.size(), stale.size()), (3, 1));
    for node in [stale, three, two, one] {
        node.stop().await;
    }
}
