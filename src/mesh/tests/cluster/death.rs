//! Processes that die, connections that break, and what becomes of the stanzas.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cobnut_mesh::{ClusterEvent, Envelope};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::support::{Plan, TestNode, free_port, full, ip, joined, record, until};

/// A node in a runtime of its own, which can be killed: its sockets close and nobody says goodbye.
struct Victim {
    runtime: Option<tokio::runtime::Runtime>,
    node: Option<TestNode>,
}

impl Victim {
    async fn start(plan: &Plan) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("runtime");
        let plan = plan.clone();
        let node = runtime.spawn(async move { plan.start().await }).await.expect("start");
        Self { runtime: Some(runtime), node: Some(node) }
    }

    fn node(&self) -> &TestNode {
        self.node.as_ref().expect("alive")
    }

    fn kill(&mut self) {
        self.runtime.take().expect("alive").shutdown_background();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn numbered(number: u32) -> Envelope {
    Envelope::Stanza { to: vec![full("x@d/r")], stanza: Bytes::from(number.to_string()) }
}

fn number_of(envelope: &Envelope) -> u32 {
    let Envelope::Stanza { stanza, .. } = envelope else { panic!("{envelope:?}") };
    std::str::from_utf8(stanza).expect("text").parse().expect("number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_is_noticed_at_once_and_its_stanzas_come_back() {
    let port = free_port(ip(61));
    // Silence alone would not be noticed while this test runs.
    let patient = |plan: Plan| Plan { dead_after: Duration::from_mins(10), ..plan };
    let mut one = patient(Plan::new(60).knows(ip(61), port)).start().await;
    let mut victim = Victim::start(&patient(Plan::new(61).port(port))).await;
    joined(&[&one, victim.node()]).await;
    victim.node().cluster.publish(record("x@d/r", 1));
    until("the session is known", || one.cluster.sessions().len() == 1).await;
    // Nobody reads the victim's events: nothing is confirmed.
    for number in 0..600 {
        one.cluster.send(victim.node().id(), numbered(number)).await.expect("member");
    }
    victim.kill();
    let sessions = one
        .event(|event| match event {
            ClusterEvent::MemberLeft { sessions, .. } => Some(sessions.clone()),
            _ => None,
        })
        .await;
    assert_eq!(sessions.iter().map(|record| record.jid.to_string()).collect::<Vec<_>>(), ["x@d/r"]);
    let back = one
        .event(|event| match event {
            ClusterEvent::Undelivered { envelopes, .. } => Some(envelopes.clone()),
            _ => None,
        })
        .await;
    assert_eq!(back.iter().map(number_of).collect::<Vec<_>>(), (0..600).collect::<Vec<_>>());
    assert!(one.cluster.sessions().is_empty());
    assert!(one.cluster.is_responsible("x@d/r"));
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_waits_for_a_member_that_does_not_read_and_is_freed_by_its_death() {
    let port = free_port(ip(63));
    let mut one = Plan::new(62).knows(ip(63), port).start().await;
    let mut victim = Victim::start(&Plan::new(63).port(port)).await;
    joined(&[&one, victim.node()]).await;
    let (cluster, to) = (one.cluster.clone(), victim.node().id());
    let sender = tokio::spawn(async move {
        let mut sent = 0;
        while cluster.send(to, numbered(sent)).await.is_ok() {
            sent += 1;
        }
        sent
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!sender.is_finished());
    assert_eq!(one.size(), 2, "a full queue is not death: heartbeats do not wait behind it");
    victim.kill();
    let sent = sender.await.expect("sender");
    let back = one
        .event(|event| match event {
            ClusterEvent::Undelivered { envelopes, .. } => Some(envelopes.len()),
            _ => None,
        })
        .await;
    assert_eq!(back, usize::try_from(sent).expect("few"));
    one.stop().await;
}

/// Forwards connections to `target` until told to break them all.
async fn proxy(listener: TcpListener, target: std::net::SocketAddr, breaker: watch::Receiver<u32>) {
    loop {
        let Ok((mut inner, _)) = listener.accept().await else { return };
        let mut breaker = breaker.clone();
        breaker.mark_unchanged();
        tokio::spawn(async move {
            let Ok(mut outer) = TcpStream::connect(target).await else { return };
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut inner, &mut outer) => {}
                _ = breaker.changed() => {}
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_connection_loses_and_doubles_nothing() {
    let mut two = Plan::new(65).start().await;
    let listener = TcpListener::bind((ip(66), 0)).await.expect("bind");
    let door = listener.local_addr().expect("address");
    let (breaker, watched) = watch::channel(0);
    let forwarding = tokio::spawn(proxy(listener, two.address(), watched));
    let one = Plan::new(64).knows(door.ip(), door.port()).start().await;
    joined(&[&one, &two]).await;
    let (cluster, to) = (one.cluster.clone(), two.id());
    let breaker = Arc::new(breaker);
    let cutting = Arc::clone(&breaker);
    let sender = tokio::spawn(async move {
        for number in 0..5000 {
            cluster.send(to, numbered(number)).await.expect("stays a member");
            if number == 2500 {
                cutting.send_modify(|count| *count += 1);
            }
        }
    });
    for number in 0..5000 {
        let got = two
            .event(|event| match event {
                ClusterEvent::Received { envelope, .. } => Some(number_of(envelope)),
                ClusterEvent::MemberLeft { .. } => panic!("the member was removed"),
                _ => None,
            })
            .await;
        assert_eq!(got, number);
    }
    sender.await.expect("sender");
    until("the resumption was counted", || {
        let count = |node: &TestNode| {
            let text = node.metrics.encode();
            let line = text.lines().find_map(|line| line.strip_prefix("cobnut_mesh_links_resumed_total "));
            line.and_then(|count| count.parse::<u64>().ok()).unwrap_or(0)
        };
        count(&one) > 0 && count(&two) > 0
    })
    .await;
    one.stop().await;
    two.stop().await;
    forwarding.abort();
}

/// The whole node stands still while its connections stay open, as after a pulled cable; then it goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_node_is_removed_and_comes_back_with_its_sessions() {
    let port = free_port(ip(68));
    let mut near = Plan::new(67).knows(ip(68), port);
    near.dead_after = Duration::from_secs(2);
    let mut far = Plan::new(68).port(port);
    far.dead_after = Duration::from_secs(2);
    let mut one = near.start().await;
    let victim = Victim::start(&far).await;
    joined(&[&one, victim.node()]).await;
    one.cluster.publish(record("here@d/r", 1));
    victim.node().cluster.publish(record("there@d/r", 1));
    let maps_are_equal = |one: &TestNode, two: &TestNode| {
        [one, two].iter().all(|node| node.cluster.sessions().len() == 2 && node.size() == 2)
    };
    until("equal maps", || maps_are_equal(&one, victim.node())).await;
    // The only worker of that runtime stands still until it is told to go on.
    let (go_on, told) = std::sync::mpsc::channel::<()>();
    victim.runtime.as_ref().expect("alive").spawn(async move { told.recv() });
    let lost = one.event(|event| match event {
        ClusterEvent::MemberLeft { sessions, .. } => Some(sessions.len()),
        _ => None,
    });
    assert_eq!(lost.await, 1);
    assert_eq!(one.cluster.sessions().len(), 1);
    drop(go_on);
    until("one cluster again with the same sessions", || maps_are_equal(&one, victim.node())).await;
    one.stop().await;
}
