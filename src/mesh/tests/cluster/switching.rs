//! Enabling and disabling at run time, and the saved choice.

use cobnut_mesh::{Cluster, ClusterEvent, EnableError, Envelope, SendError};
use cobnut_model::NodeId;

use crate::support::{PATIENCE, Plan, free_port, full, ip, joined, record, until};

#[tokio::test]
async fn clustering_goes_on_and_off_any_number_of_times() {
    let (port_one, port_two) = (free_port(ip(40)), free_port(ip(41)));
    let one = Plan::new(40).port(port_one).knows(ip(41), port_two).start().await;
    let mut two = Plan::new(41).port(port_two).build();
    one.cluster.publish(record("one@d/r", 1));
    two.cluster.publish(record("two@d/r", 1));
    for round in 0..3 {
        two.cluster.enable().await.expect("enable");
        two.cluster.enable().await.expect("enabled already");
        assert!(two.cluster.is_enabled() && two.cluster.local_addr().is_some());
        joined(&[&one, &two]).await;
        let both = [&one, &two];
        until("both know both sessions", || both.iter().all(|node| node.cluster.sessions().len() == 2)).await;
        two.cluster.disable().await;
        assert!(!two.cluster.is_enabled() && two.cluster.local_addr().is_none());
        assert_eq!((two.size(), two.cluster.sessions().len()), (1, 1), "round {round}");
        until("the other one noticed", || one.size() == 1 && one.cluster.sessions().len() == 1).await;
        let gone = two.event(|event| match event {
            ClusterEvent::MemberLeft { member, sessions, .. } => Some((*member, sessions.len())),
            _ => None,
        });
        assert_eq!(gone.await, (one.id(), 1));
    }
    let stanza = Envelope::Stanza { to: vec![full("one@d/r")], stanza: bytes::Bytes::new() };
    assert_eq!(two.cluster.send(one.id(), stanza.clone()).await, Err(SendError::NoSuchMember));
    assert_eq!(one.cluster.send(NodeId([0; 16]), stanza).await, Err(SendError::NoSuchMember));
    until("the one that stays says that it is alone", || one.cluster.alone().is_some()).await;
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn what_was_sent_before_leaving_arrives_once() {
    let port = free_port(ip(48));
    let mut one = Plan::new(47).knows(ip(48), port).start().await;
    let mut two = Plan::new(48).port(port).start().await;
    joined(&[&one, &two]).await;
    for number in 0..1000_u32 {
        let stanza = bytes::Bytes::from(number.to_string());
        one.cluster.send(two.id(), Envelope::Stanza { to: Vec::new(), stanza }).await.expect("member");
    }
    let leaving = one.cluster.clone();
    let left = tokio::spawn(async move { leaving.disable().await });
    let mut received = 0;
    two.event(|event| match event {
        ClusterEvent::Received { .. } => {
            received += 1;
            None
        }
        ClusterEvent::MemberLeft { .. } => Some(()),
        _ => None,
    })
    .await;
    left.await.expect("disabled");
    assert_eq!(received, 1000);
    one.event(|event| match event {
        ClusterEvent::MemberLeft { .. } => Some(()),
        ClusterEvent::Undelivered { .. } => panic!("it was delivered"),
        _ => None,
    })
    .await;
    one.cluster.enable().await.expect("enable");
    // Events come in order: an `Undelivered` would be seen before.
    one.event(|event| match event {
        ClusterEvent::MemberJoined(_) => Some(()),
        ClusterEvent::Undelivered { .. } => panic!("it was delivered"),
        _ => None,
    })
    .await;
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn the_port_is_free_again_when_disable_returns() {
    let node = Plan::new(46).port(free_port(ip(46))).build();
    for _ in 0..20 {
        node.cluster.enable().await.expect("enable");
        node.cluster.disable().await;
    }
    node.stop().await;
}

#[tokio::test]
async fn the_choice_is_saved() {
    let node = Plan::new(42).build();
    let file = node.folder.path().join("clustering.json");
    assert_eq!(Cluster::saved_choice(&file), None);
    node.cluster.choose(true).await.expect("enable");
    assert_eq!((Cluster::saved_choice(&file), node.cluster.is_enabled()), (Some(true), true));
    node.cluster.choose(false).await.expect("disable");
    assert_eq!((Cluster::saved_choice(&file), node.cluster.is_enabled()), (Some(false), false));
    node.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_an_error_or_the_next_one_is_used() {
    let taken = std::net::TcpListener::bind((ip(43), 0)).expect("bind");
    let port = taken.local_addr().expect("address").port();
    let node = Plan::new(43).port(port).build();
    let err = node.cluster.choose(true).await.expect_err("taken");
    assert!(matches!(err, EnableError::Bind { address, .. } if address.port() == port));
    assert!(!node.cluster.is_enabled());
    assert_eq!(Cluster::saved_choice(&node.folder.path().join("clustering.json")), None);
    node.stop().await;
    let mut plan = Plan::new(43).port(port);
    plan.port_tries = 20;
    let node = plan.start().await;
    assert!(node.address().port() > port);
    node.stop().await;
}

#[tokio::test]
async fn a_lonely_node_tells_why_for_each_entry() {
    let (refused, port) = (free_port(ip(45)), free_port(ip(44)));
    let typo = format!("127.0.5:45:{refused}");
    let plan = Plan::new(44).port(port).knows(&typo, refused).knows(ip(45), refused).knows(ip(44), port);
    let node = plan.start().await;
    assert!(node.cluster.alone().is_none());
    until("alone", || node.cluster.alone().is_some()).await;
    let expected = node.cluster.alone().expect("just seen").expected;
    assert_eq!(expected.len(), 2, "{expected:?}");
    assert_eq!(expected[0], (typo, "not an IP address and the name does not resolve".to_owned()));
    assert!(expected[1].1.contains("refused"), "{expected:?}");
    assert!(node.tasks.shut_down(PATIENCE).await);
}

#[tokio::test]
async fn a_configuration_that_cannot_be_obeyed_keeps_clustering_off() {
    let one = Plan::new(49).build();
    one.cluster.refuse_to_enable("server.xml:2: multicast".to_owned());
    for _ in 0..2 {
        let err = one.cluster.choose(true).await.expect_err("refused");
        assert!(
            matches!(&err, EnableError::Refused { .. }) && err.to_string().contains("server.xml:2"),
            "{err}"
        );
    }
    assert!(!one.cluster.is_enabled());
    one.cluster.choose(false).await.expect("off is always possible");
    one.stop().await;
}
