//! Binding, conflicts and the ends of sessions.

use super::fixture::World;
use crate::service::{Login, Outbound};
use cobnut_model::limits;

#[tokio::test]
async fn the_newcomer_gets_the_resource() {
    let world = World::single().await;
    world.befriend("romeo", "juliet").await;
    let mut juliet = world.online("juliet@example.net/balcony").await;
    let mut old = world.online("romeo@example.net/Spark").await;
    old.expect("<presence from='juliet@example.net/balcony' to='romeo@example.net/Spark'/>").await;
    juliet.expect("<presence from='romeo@example.net/Spark' to='juliet@example.net/balcony'/>").await;

    let mut new = world.login("romeo@example.net/Spark").await;
    old.expect_close("conflict").await;
    juliet
        .expect(
            "<presence type='unavailable' from='romeo@example.net/Spark' to='juliet@example.net/balcony'/>",
        )
        .await;
    // The end of the old connection does not touch the new session.
    old.close().await;
    new.send("<presence/>").await;
    juliet.expect("<presence from='romeo@example.net/Spark' to='juliet@example.net/balcony'/>").await;
    juliet.expect_nothing().await;
    new.expect("<presence from='romeo@example.net/Spark' to='romeo@example.net/Spark'/>").await;
}

#[tokio::test]
async fn resources_are_limited_for_each_account() {
    let world = World::single().await;
    let mut clients = Vec::new();
    for number in 0..limits::RESOURCES_PER_USER_MAX {
        clients.push(world.login(&format!("romeo@example.net/{number}")).await);
    }
    let (outbox, _inbox) = tokio::sync::mpsc::channel(1);
    let login = |resource: &str| Login {
        user: "romeo@example.net".parse().unwrap(),
        resource: Some(resource.to_owned()),
        remote_ip: [127, 0, 0, 1].into(),
        is_encrypted: false,
        is_anonymous: false,
    };
    let service = &world.nodes[0].service;
    assert_eq!(service.bind(login("one-more"), outbox.clone()).await, Err("resource-constraint"));
    assert!(service.bind(login("0"), outbox).await.is_ok());
    clients[0].expect_close("conflict").await;
}

#[tokio::test]
async fn a_kicked_session_is_gone_at_once() {
    let world = World::single().await;
    let mut romeo = world.online("romeo@example.net/a").await;
    let service = &world.nodes[0].service;
    assert!(service.kick(&romeo.jid, "bye").await);
    assert!(!service.kick(&romeo.jid, "bye").await);
    romeo.expect_close("policy-violation").await;
    assert!(world.nodes[0].cluster.sessions().is_empty());
}

#[tokio::test]
async fn a_slow_client_is_disconnected_and_its_messages_go_elsewhere() {
    let world = World::single().await;
    let romeo = world.login("romeo@example.net/a").await;
    let mut slow = world.login_with_queue(0, "juliet@example.net/slow", 2).await;
    slow.send("<presence/>").await;
    for number in 0..3 {
        let message =
            format!("<message to='juliet@example.net/slow' type='chat'><body>{number}</body></message>");
        romeo.send(&message).await;
    }
    // The queue held the reflected presence and one message.
    slow.receive().await;
    assert_eq!(slow.receive().await.children().next().unwrap().text(), "0");
    slow.expect_close("resource-constraint").await;
    slow.close().await;
    let kept = world.store.offline("juliet").await.unwrap();
    assert_eq!(kept.len(), 2, "{kept:?}");
}

#[tokio::test]
async fn late_word_of_a_lost_claim_leaves_the_session_that_came_after_it() {
    let world = World::single().await;
    let mut lost = world.online("romeo@example.net/Spark").await;
    // Another member takes the full JID; before this node hears of it, the user is back here.
    world.nodes[0].cluster.withdraw(&lost.jid);
    let mut back = world.login("romeo@example.net/Spark").await;
    lost.expect_close("conflict").await;
    world.nodes[0].service.supersede(&back.jid);
    back.send("<presence/>").await;
    back.expect("<presence from='romeo@example.net/Spark' to='romeo@example.net/Spark'/>").await;
    back.close().await;
    assert!(world.nodes[0].cluster.sessions().is_empty(), "nothing is left over");
}

#[tokio::test]
async fn a_slow_client_that_returns_at_once_keeps_its_new_session() {
    let world = World::single().await;
    let service = &world.nodes[0].service;
    let slow = world.online("juliet@example.net/a").await;
    service.drop_slow_client(&service.local.get(&slow.jid).unwrap());
    // The task that announces the end has not run yet.
    let mut back = world.login("juliet@example.net/a").await;
    back.send("<presence/>").await;
    back.expect("<presence from='juliet@example.net/a' to='juliet@example.net/a'/>").await;
    assert!(world.nodes[0].cluster.sessions().get(&back.jid).is_some());
}

#[tokio::test]
async fn what_a_dead_connection_left_unwritten_is_routed_again() {
    let world = World::single().await;
    let romeo = world.login("romeo@example.net/a").await;
    let first = world.online("juliet@example.net/first").await;
    romeo.send("<message to='juliet@example.net/first' type='chat'><body>one</body></message>").await;
    romeo.send("<message to='juliet@example.net/first'><body>two</body></message>").await;
    let mut second = world.login("juliet@example.net/second").await;
    second.send("<presence/>").await;
    first.close().await;
    let mut bodies = Vec::new();
    while bodies.len() < 2 {
        let stanza = second.receive().await;
        if stanza.name() == "message" {
            bodies.push(stanza.get_child("body", "jabber:client").unwrap().text());
        }
    }
    assert_eq!(bodies, ["one", "two"]);
}

#[tokio::test]
async fn a_server_that_stops_keeps_what_it_could_not_write() {
    let world = World::single().await;
    let romeo = world.login("romeo@example.net/a").await;
    let juliet = world.online("juliet@example.net/b").await;
    romeo.send("<message to='juliet@example.net/b' type='chat'><body>one</body></message>").await;
    assert!(world.nodes[0].tasks.shut_down(std::time::Duration::from_secs(10)).await);
    juliet.close().await;
    assert_eq!(world.store.offline("juliet").await.unwrap().len(), 1);
}

#[tokio::test]
async fn deleting_an_account_ends_its_sessions_and_tells_its_contacts() {
    let world = World::single().await;
    world.befriend("romeo", "juliet").await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let mut juliet = world.online("juliet@example.net/b").await;
    juliet.send("<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>").await;
    juliet.receive().await;
    assert!(world.nodes[0].service.delete_account("romeo").await.unwrap());
    assert!(!world.nodes[0].service.delete_account("romeo").await.unwrap());
    assert!(
        matches!(romeo.inbox.recv().await, Some(Outbound::Close(error)) if error.condition == "not-authorized")
    );
    let push = |subscription: &str| {
        format!(
            "<iq type='set' id='*' from='juliet@example.net' to='juliet@example.net/b'><query xmlns='jabber:iq:roster'>\
             <item jid='romeo@example.net' subscription='{subscription}'/></query></iq>"
        )
    };
    juliet.expect("<presence type='unsubscribe' from='romeo@example.net' to='juliet@example.net'/>").await;
    juliet.expect(&push("to")).await;
    juliet.expect("<presence type='unsubscribed' from='romeo@example.net' to='juliet@example.net'/>").await;
    juliet.expect(&push("none")).await;
}

/// Room that a connection's task may spend on the work for a stanza, in bytes: it is part of every idle session.
const HANDLE_BYTES_MAX: usize = 2048;

#[tokio::test]
async fn the_work_for_a_stanza_is_small_while_nothing_is_done() {
    let world = World::single().await;
    let romeo = world.login("romeo@example.net/a").await;
    let work = romeo.service.handle(&romeo.jid, minidom::Element::bare("message", "jabber:client"));
    assert!(size_of_val(&work) <= HANDLE_BYTES_MAX, "{} bytes", size_of_val(&work));
}

#[tokio::test]
async fn a_replaced_connection_no_longer_speaks_for_the_session() {
    let world = World::single().await;
    let mut old = world.online("romeo@example.net/a").await;
    let mut new = world.login("romeo@example.net/a").await;
    old.expect_close("conflict").await;
    assert!(!new.service.is_bound(&old.jid, &old.outbox));
    assert!(new.service.is_bound(&new.jid, &new.outbox));
    new.expect_nothing().await;
}
