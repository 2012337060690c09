//! Messages: addresses, priorities, copies, offline storage.

use super::fixture::{Client, World};
use cobnut_model::limits;

/// Everything that waits for a client, by name and id; what comes later is not seen.
async fn drain(client: &mut Client) -> Vec<(String, Option<String>)> {
    client.send("<iq type='get' id='end' to='example.net'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    let mut drained = Vec::new();
    loop {
        let stanza = client.receive().await;
        if stanza.name() == "iq" {
            return drained;
        }
        drained.push((stanza.name().to_owned(), stanza.attr("id").map(str::to_owned)));
    }
}

#[tokio::test]
async fn a_message_goes_to_the_best_resource_of_an_account() {
    let world = World::single().await;
    let romeo = world.login("romeo@example.net/a").await;
    let mut clients = Vec::new();
    for (resource, presence) in [
        ("low", "<presence><show>chat</show></presence>"),
        ("high", "<presence><show>dnd</show><priority>5</priority></presence>"),
        ("never", "<presence><priority>-1</priority></presence>"),
    ] {
        let client = world.login(&format!("juliet@example.net/{resource}")).await;
        client.send(presence).await;
        clients.push(client);
    }
    for client in &mut clients {
        drain(client).await;
    }
    romeo.send("<message to='juliet@example.net' id='1' type='chat'><body>hi</body></message>").await;
    clients[1].send("<presence id='p'><priority>-5</priority></presence>").await;
    romeo.send("<message to='juliet@example.net' id='2'><body>hi</body></message>").await;
    romeo.send("<message to='juliet@example.net/never' id='3'><body>hi</body></message>").await;
    romeo.send("<message to='juliet@example.net' id='4' type='headline'><body>hi</body></message>").await;
    let expected: [&[&str]; 3] = [&["p", "2", "4"], &["1", "p"], &["p", "3"]];
    for (client, expected) in clients.iter_mut().zip(expected) {
        let ids: Vec<String> = drain(client).await.into_iter().filter_map(|(_, id)| id).collect();
        assert_eq!(ids, expected, "{}", client.jid);
    }
}

#[tokio::test]
async fn equal_priorities_are_decided_by_the_latest_activity() {
    let world = World::single().await;
    let romeo = world.login("romeo@example.net/a").await;
    let mut one = world.online("juliet@example.net/1").await;
    let mut two = world.online("juliet@example.net/2").await;
    for (active, idle, id) in [(0, 1, "a"), (1, 0, "b"), (0, 1, "c")] {
        let clients = [&mut one, &mut two];
        // Activity is kept in milliseconds.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        clients[active].send("<message to='nurse@example.net'><body>x</body></message>").await;
        romeo
            .send(&format!("<message to='juliet@example.net' id='{id}' type='chat'><body>x</body></message>"))
            .await;
        let got = drain(clients[active]).await;
        assert!(got.contains(&("message".to_owned(), Some(id.to_owned()))), "{got:?}");
        assert!(drain(clients[idle]).await.iter().all(|(name, _)| name != "message"));
    }
}

#[tokio::test]
async fn the_sender_cannot_be_forged_and_the_own_account_is_the_default() {
    let world = World::single().await;
    let mut romeo = world.online("romeo@example.net/a").await;
    romeo.send("<message from='juliet@example.net/b' type='chat'><body>note</body></message>").await;
    romeo
        .expect("<message from='romeo@example.net/a' to='romeo@example.net' type='chat'><body>note</body></message>")
        .await;
    romeo.expect_nothing().await;
}

#[tokio::test]
async fn undeliverable_messages_come_back_or_vanish() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let cases = [
        ("nobody@example.net", "chat", "<body>x</body>", Some("service-unavailable")),
        ("nobody@example.net/x", "chat", "<body>x</body>", Some("service-unavailable")),
        ("nobody@example.net", "chat", "<active xmlns='http://jabber.org/protocol/chatstates'/>", None),
        ("juliet@example.net/gone", "normal", "<body>x</body>", Some("service-unavailable")),
        ("juliet@example.net/gone", "headline", "<body>x</body>", None),
        ("juliet@example.net/gone", "error", "<body>x</body>", None),
        ("juliet@example.net", "headline", "<body>x</body>", None),
        ("juliet@example.net", "groupchat", "<body>x</body>", Some("service-unavailable")),
        ("juliet@example.net", "chat", "<composing xmlns='http://jabber.org/protocol/chatstates'/>", None),
        ("example.net", "normal", "<body>x</body>", Some("service-unavailable")),
        ("elsewhere.org", "normal", "<body>x</body>", Some("remote-server-not-found")),
        ("a@elsewhere.example.net", "groupchat", "<body>x</body>", Some("remote-server-not-found")),
    ];
    for (to, kind, payload, condition) in cases {
        romeo.send(&format!("<message to='{to}' id='m' type='{kind}'>{payload}</message>")).await;
        if let Some(condition) = condition {
            let error = format!(
                "<message from='{to}' to='romeo@example.net/a' id='m' type='error'>{payload}<error type='cancel'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
            );
            romeo.expect(&error).await;
        }
        romeo.expect_nothing().await;
    }
    romeo.send("<message to='@example.net' id='m'><body>x</body></message>").await;
    romeo
        .expect(
            "<message from='example.net' to='romeo@example.net/a' id='m' type='error'><body>x</body><error type='modify'>\
             <jid-malformed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
        )
        .await;
    assert!(world.store.offline("juliet").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_chat_message_to_a_resource_that_left_finds_the_account() {
    let world = World::single().await;
    let romeo = world.login("romeo@example.net/a").await;
    let mut juliet = world.online("juliet@example.net/new").await;
    romeo.send("<message to='juliet@example.net/old' type='chat'><body>hi</body></message>").await;
    juliet
        .expect("<message from='romeo@example.net/a' to='juliet@example.net/old' type='chat'><body>hi</body></message>")
        .await;
}

#[tokio::test]
async fn messages_wait_for_an_account_and_are_delivered_once() {
    let world = World::single().await;
    let romeo = world.login("romeo@example.net/a").await;
    romeo.send("<message to='juliet@example.net' id='1' type='chat'><body>one</body></message>").await;
    romeo.send("<message to='juliet@example.net/gone' id='2' type='chat'><body>two</body></message>").await;
    let mut below_zero = world.login("juliet@example.net/zero").await;
    below_zero.send("<presence><priority>-1</priority></presence>").await;
    below_zero.receive().await;
    below_zero.expect_nothing().await;

    let (mut first, mut second) =
        (world.login("juliet@example.net/1").await, world.login("juliet@example.net/2").await);
    tokio::join!(first.send("<presence/>"), second.send("<presence/>"));
    let mut got = Vec::new();
    for client in [&mut first, &mut second] {
        client.send("<iq type='get' id='end' to='example.net'><ping xmlns='urn:xmpp:ping'/></iq>").await;
        loop {
            let stanza = client.receive().await;
            match stanza.name() {
                "message" => got.push(stanza),
                "iq" => break,
                _ => {}
            }
        }
    }
    assert_eq!(got.iter().map(|message| message.attr("id").unwrap()).collect::<Vec<_>>(), ["1", "2"]);
    let delay = got[0].get_child("delay", "urn:xmpp:delay").unwrap();
    assert_eq!(delay.attr("from"), Some("example.net"));
    assert!(delay.attr("stamp").unwrap().ends_with('Z'));
    assert!(world.store.offline("juliet").await.unwrap().is_empty());
}

/// Two members whose maps do not show each other's sessions yet share nothing but the database.
#[tokio::test]
async fn messages_that_wait_are_delivered_once_by_members_that_have_not_heard_of_each_other() {
    let world = World::strangers(2).await;
    let romeo = world.login("romeo@example.net/a").await;
    for id in 0..20 {
        romeo
            .send(&format!("<message to='juliet@example.net' id='{id}' type='chat'><body>x</body></message>"))
            .await;
    }
    let (mut first, mut second) =
        (world.login_at(0, "juliet@example.net/1").await, world.login_at(1, "juliet@example.net/2").await);
    tokio::join!(first.send("<presence/>"), second.send("<presence/>"));
    let mut got = drain(&mut first).await;
    got.extend(drain(&mut second).await);
    got.retain(|(name, _)| name == "message");
    assert_eq!(got.len(), 20);
    assert!(world.store.offline("juliet").await.unwrap().is_empty());
}

/// During a split the sender's side keeps what it cannot deliver, for an account that is online all the time.
#[tokio::test]
async fn messages_kept_during_a_split_are_delivered_when_it_is_over() {
    let world = World::strangers(2).await;
    let romeo = world.login_at(0, "romeo@example.net/a").await;
    let mut juliet = world.online_at(1, "juliet@example.net/b").await;
    romeo.send("<message to='juliet@example.net' type='chat'><body>x</body></message>").await;
    juliet.expect_nothing().await;
    world.join().await;
    juliet
        .expect(
            "<message from='romeo@example.net/a' to='juliet@example.net' type='chat'><body>x</body>\
             <delay xmlns='urn:xmpp:delay' from='example.net' stamp='*'/></message>",
        )
        .await;
}

#[tokio::test]
async fn a_full_offline_store_says_so() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let body = "x".repeat(limits::OFFLINE_BYTES_MAX / 2 + 1);
    let message =
        format!("<message to='juliet@example.net' id='m' type='chat'><body>{body}</body></message>");
    romeo.send(&message).await;
    romeo.expect_nothing().await;
    romeo.send(&message).await;
    let error = romeo.receive().await;
    assert_eq!(error.attr("type"), Some("error"));
    let condition = error.get_child("error", "jabber:client").unwrap();
    assert!(condition.has_child("service-unavailable", "urn:ietf:params:xml:ns:xmpp-stanzas"));
    assert_eq!(world.store.offline("juliet").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_database_outage_does_not_lose_messages_in_silence() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let mut juliet = world.online("juliet@example.net/b").await;
    world.store.close().await;
    romeo.send("<message to='juliet@example.net' type='chat'><body>hi</body></message>").await;
    juliet
        .expect("<message from='romeo@example.net/a' to='juliet@example.net' type='chat'><body>hi</body></message>")
        .await;
    romeo.send("<message to='nurse@example.net' id='m' type='chat'><body>hi</body></message>").await;
    let error = romeo.receive().await;
    assert_eq!(error.get_child("error", "jabber:client").unwrap().attr("type"), Some("wait"));
    romeo.send("<iq type='get' id='i'><query xmlns='jabber:iq:roster'/></iq>").await;
    let error = romeo.receive().await;
    assert_eq!(error.get_child("error", "jabber:client").unwrap().attr("type"), Some("wait"));
}

#[tokio::test]
async fn copies_reach_the_other_resources_of_both_sides() {
    let world = World::single().await;
    let enable = "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>";
    let mut desk = world.login("romeo@example.net/desk").await;
    let mut phone = world.login("romeo@example.net/phone").await;
    let mut balcony = world.online("juliet@example.net/balcony").await;
    let mut chamber = world.login("juliet@example.net/chamber").await;
    for client in [&mut phone, &mut chamber, &mut balcony, &mut desk] {
        client.send(enable).await;
        let jid = client.jid.clone();
        client.expect(&format!("<iq type='result' id='c' from='{}' to='{jid}'/>", jid.to_bare())).await;
    }
    let message = "<message from='romeo@example.net/desk' to='juliet@example.net' type='chat'><body>hi</body></message>";
    let copy = |direction: &str, account: &str, to: &str| {
        format!(
            "<message from='{account}' to='{to}' type='chat'><{direction} xmlns='urn:xmpp:carbons:2'>\
             <forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='romeo@example.net/desk' \
             to='juliet@example.net' type='chat'><body>hi</body></message></forwarded></{direction}></message>"
        )
    };
    desk.send("<message to='juliet@example.net' type='chat'><body>hi</body></message>").await;
    balcony.expect(message).await;
    phone.expect(&copy("sent", "romeo@example.net", "romeo@example.net/phone")).await;
    chamber.expect(&copy("received", "juliet@example.net", "juliet@example.net/chamber")).await;
    for private in ["<private xmlns='urn:xmpp:carbons:2'/>", "<no-copy xmlns='urn:xmpp:hints'/>"] {
        desk.send(&format!(
            "<message to='juliet@example.net' type='chat'><body>hi</body>{private}</message>"
        ))
        .await;
        balcony.receive().await;
    }
    for client in [&mut desk, &mut phone, &mut balcony, &mut chamber] {
        client.expect_nothing().await;
    }
}
