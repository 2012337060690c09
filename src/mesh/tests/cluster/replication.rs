//! Session maps: snapshots of many entries, conflicts about a full JID.

use cobnut_mesh::{Candidate, ClusterEvent};

use crate::support::{Plan, free_port, full, ip, joined, record, until};

#[tokio::test]
async fn many_sessions_reach_a_newcomer_and_changes_go_on_meanwhile() {
    let port = free_port(ip(51));
    let one = Plan::new(50).knows(ip(51), port).start().await;
    for number in 0..20_000_u64 {
        one.cluster.publish(record(&format!("user{number}@d/r"), number));
    }
    let two = Plan::new(51).port(port).start().await;
    joined(&[&one, &two]).await;
    for number in 0..1000_u64 {
        assert!(one.cluster.withdraw(&full(&format!("user{number}@d/r"))).is_some());
        one.cluster.publish(record(&format!("late{number}@d/r"), number));
    }
    until("the maps are equal", || {
        let sessions = two.cluster.sessions();
        sessions.len() == 20_000 && sessions.get(&full("late999@d/r")).is_some()
    })
    .await;
    assert!(two.cluster.sessions().get(&full("user999@d/r")).is_none());
    assert_eq!(two.cluster.sessions().collect(|record| record.bound_at.0 == 19_999).len(), 1);
    assert_eq!(two.cluster.members().iter().map(|member| member.sessions).sum::<usize>(), 20_000);
    one.stop().await;
    until("nothing is left", || two.cluster.sessions().is_empty()).await;
    two.stop().await;
}

/// What one member says that it has, nobody misses on another one.
#[tokio::test]
async fn a_session_that_was_waited_for_is_known_everywhere() {
    let port = free_port(ip(58));
    let one = Plan::new(59).knows(ip(58), port).start().await;
    let two = Plan::new(58).port(port).start().await;
    joined(&[&one, &two]).await;
    let settled = full("first@d/r");
    one.cluster.publish(record(settled.as_str(), 0));
    until("the two are in touch", || two.cluster.sessions().get(&settled).is_some()).await;
    for number in 0..300_u64 {
        let name = format!("user{number}@d/r");
        assert!(one.cluster.publish(record(&name, number)).wait().await, "{name}");
        assert!(two.cluster.sessions().get(&full(&name)).is_some(), "{name}");
    }
    two.stop().await;
    until("one is alone", || one.cluster.members().len() == 1).await;
    assert!(one.cluster.publish(record("alone@d/r", 1)).wait().await, "nobody to wait for");
    one.stop().await;
}

/// Two nodes that were apart both have a session of the same full JID.
#[tokio::test]
async fn of_two_claims_the_later_wins_everywhere() {
    for (later_is_first, nodes) in [(true, (52, 53, 54)), (false, (55, 56, 57))] {
        let (a, b, c) = nodes;
        let ports = [free_port(ip(a)), free_port(ip(b)), free_port(ip(c))];
        let all: Vec<Candidate> = [a, b, c]
            .iter()
            .zip(ports)
            .map(|(&last, port)| crate::support::candidate(ip(last), port))
            .collect();
        let mut plans =
            [Plan::new(a).port(ports[0]), Plan::new(b).port(ports[1]), Plan::new(c).port(ports[2])];
        for plan in &mut plans {
            plan.candidates.clone_from(&all);
        }
        let [mut one, mut two, three] = [plans[0].build(), plans[1].build(), plans[2].build()];
        let (bound_one, bound_two) = if later_is_first { (20, 10) } else { (10, 20) };
        one.cluster.publish(record("x@d/r", bound_one));
        two.cluster.publish(record("x@d/r", bound_two));
        for node in [&one, &two, &three] {
            node.cluster.enable().await.expect("enable");
        }
        joined(&[&one, &two, &three]).await;
        let (winner, loser) = if later_is_first { (&mut one, &mut two) } else { (&mut two, &mut one) };
        let jid = loser
            .event(|event| match event {
                ClusterEvent::Superseded { jid } => Some(jid.clone()),
                _ => None,
            })
            .await;
        assert_eq!(jid, full("x@d/r"));
        let id = winner.id();
        until("all see the winner alone", || {
            [&one, &two, &three].iter().all(|node| {
                let sessions = node.cluster.sessions();
                sessions.get(&jid).is_some_and(|entry| entry.member == id) && sessions.len() == 1
            })
        })
        .await;
        until("only the winner counts", || {
            let members = three.cluster.members();
            members.iter().all(|member| member.sessions == usize::from(member.id == id))
        })
        .await;
        for node in [one, two, three] {
            node.stop().await;
        }
    }
}

#[tokio::test]
async fn a_new_claim_beats_a_known_one_whatever_the_clock_says() {
    let port = free_port(ip(59));
    let mut one = Plan::new(58).knows(ip(59), port).start().await;
    let two = Plan::new(59).port(port).start().await;
    joined(&[&one, &two]).await;
    one.cluster.publish(record("x@d/r", 5000));
    until("known", || two.cluster.sessions().len() == 1).await;
    two.cluster.publish(record("x@d/r", 1000));
    let superseded = one.event(|event| matches!(event, ClusterEvent::Superseded { .. }).then_some(()));
    superseded.await;
    until("the new one is seen", || {
        one.cluster.sessions().get(&full("x@d/r")).is_some_and(|entry| entry.member == two.id())
    })
    .await;
    one.stop().await;
    two.stop().await;
}
