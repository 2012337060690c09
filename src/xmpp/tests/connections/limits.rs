//! Bad input, limits, silence and shutdown: the client gets the RFC's stream error, others notice nothing.

use std::time::Duration;

use cobnut_xmpp::ArrivalPolicy;
use tokio::time::Instant;

use crate::client::{Client, OPEN};
use crate::server::Server;

#[tokio::test]
async fn bad_input_gets_its_stream_error_and_others_notice_nothing() {
    let server = Server::with(|settings| settings.accepts_any_host = false).await;
    let mut bystander = Client::login(&server, "bob", "Spark").await;
    for (sent, condition) in [
        ("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", "not-well-formed"),
        ("\u{0}\u{1}\u{2}\u{3}", "not-well-formed"),
        ("<!DOCTYPE lolz [<!ENTITY lol 'lol'>]>", "restricted-xml"),
        ("<?xml version='1.0'?><a/>", "invalid-namespace"),
        (
            "<stream:stream xmlns='jabber:client' to='example.net' version='1.0' \
          xmlns:stream='http://etherx.jabber.org/streams'>",
            "host-unknown",
        ),
    ] {
        let mut client = Client::connect(&server).await;
        client.send(sent).await;
        let end = client.until_closed().await;
        assert!(end.starts_with("<?xml version='1.0' encoding='UTF-8'?><stream:stream "), "{sent}: {end}");
        assert!(end.contains(&format!("<stream:error><{condition} ")), "{sent}: {end}");
        assert!(end.ends_with("</stream:error></stream:stream>"), "{sent}: {end}");
    }
    bystander.ping("p").await;
    server.stop().await;
}

#[tokio::test]
async fn bad_input_in_a_session_ends_that_session() {
    let server = Server::start().await;
    let mut bystander = Client::login(&server, "bob", "Spark").await;
    for (sent, condition) in [
        ("<message></iq>", "not-well-formed"),
        ("<message>&lol;</message>", "restricted-xml"),
        ("<!-- comment -->", "restricted-xml"),
        ("<?php ?>", "restricted-xml"),
        ("<x:message/>", "bad-namespace-prefix"),
        ("text", "bad-format"),
        ("<other/>", "unsupported-stanza-type"),
        ("<message xmlns='jabber:server'/>", "invalid-namespace"),
        (OPEN.split_once("?>").expect("declaration").1, "bad-format"),
    ] {
        let mut client = Client::login(&server, "alice", "Spark").await;
        client.send(sent).await;
        let end = client.until_closed().await;
        assert!(end.contains(&format!("<stream:error><{condition} ")), "{sent}: {end}");
    }
    bystander.ping("p").await;
    server.stop().await;
}

#[tokio::test]
async fn large_deep_and_many_are_policy_violations() {
    let server = Server::with(|settings| settings.limits.stanza_bytes = 100_000).await;
    let mut client = Client::login(&server, "alice", "Spark").await;
    // Compat: chunks of in-band bytestreams are about 82 kB.
    let large = "x".repeat(90_000);
    client.send(&format!("<iq type='result' id='x'><data xmlns='urn:x'>{large}</data></iq>")).await;
    client.ping("large").await;
    let larger = "x".repeat(120_000);
    let deep = "<a>".repeat(65);
    let attribute = format!("<message to='{larger}'/>");
    for sent in [format!("<message><body>{larger}</body></message>"), deep, attribute] {
        let mut client = Client::login(&server, "alice", "other").await;
        client.send(&sent).await;
        let end = client.until_closed().await;
        assert!(end.contains("<stream:error><policy-violation "), "{end}");
    }
    let mut client = Client::connect(&server).await;
    client.open().await;
    client.send(&format!("<auth>{}", "x".repeat(20_000))).await;
    assert!(client.until_closed().await.contains("<policy-violation "), "before login less is enough");
    server.stop().await;
}

#[tokio::test]
async fn a_flood_is_slowed_down_and_loses_nothing() {
    let server = Server::with(|settings| {
        settings.limits.bytes_per_second = 200_000;
        settings.limits.bytes_burst = 10_000;
    })
    .await;
    let mut client = Client::login(&server, "alice", "Spark").await;
    let start = Instant::now();
    let stanza = format!("<iq type='result' id='x'><data xmlns='urn:x'>{}</data></iq>", "x".repeat(900));
    client.send(&stanza.repeat(110)).await;
    client.ping("after").await;
    assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
    server.stop().await;
}

#[tokio::test]
async fn silence_is_pinged_and_then_ends_the_session() {
    let server = Server::with(|settings| settings.limits.idle_ping = Duration::from_secs(1)).await;
    let mut client = Client::login(&server, "alice", "Spark").await;
    for _ in 0..3 {
        let ping = client.until("</iq>").await;
        assert!(ping.contains("type=\"get\"") && ping.contains("<ping xmlns=\"urn:xmpp:ping\"/>"), "{ping}");
        assert!(
            ping.contains("from=\"example.org\"") && ping.contains("to=\"alice@example.org/Spark\""),
            "{ping}"
        );
        let id = ping.split("id=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("id").to_owned();
        client.send(&format!("<iq type='result' id='{id}' to='example.org'/>")).await;
    }
    // White space is a sign of life, too.
    client.until("</iq>").await;
    client.send(" ").await;
    client.until("</iq>").await;
    let end = client.until_closed().await;
    assert!(end.contains("<stream:error><connection-timeout "), "{end}");
    server.stop().await;
}

#[tokio::test]
async fn without_pings_silence_just_ends_the_session() {
    let server = Server::with(|settings| {
        settings.limits.idle_ping = Duration::from_millis(100);
        settings.limits.pings_idle_clients = false;
    })
    .await;
    let mut client = Client::login(&server, "alice", "Spark").await;
    let end = client.until_closed().await;
    assert!(end.starts_with("<stream:error><connection-timeout "), "{end}");
    server.stop().await;
}

#[tokio::test]
async fn a_logout_is_answered() {
    let server = Server::start().await;
    let mut client = Client::login(&server, "alice", "Spark").await;
    client.send("<presence type='unavailable'/></stream:stream>").await;
    let end = client.until_closed().await;
    assert!(end.ends_with("</stream:stream>") && !end.contains("stream:error"), "{end}");
    server.stop().await;
}

#[tokio::test]
async fn a_drain_tells_every_client() {
    let server = Server::start().await;
    let mut session = Client::login(&server, "alice", "Spark").await;
    let mut negotiating = Client::connect(&server).await;
    negotiating.open().await;
    server.xmpp.drain().await;
    for client in [&mut session, &mut negotiating] {
        let end = client.until_closed().await;
        assert!(end.contains("<stream:error><system-shutdown "), "{end}");
    }
    assert_eq!(server.metric("cobnut_client_connections "), Some(0));
    server.stop().await;
}

#[tokio::test]
async fn connections_are_bounded() {
    let server = Server::with(|settings| settings.limits.negotiations_per_ip = 2).await;
    let mut first = Client::connect(&server).await;
    first.open().await;
    let mut second = Client::connect(&server).await;
    second.open().await;
    let mut third = Client::connect(&server).await;
    assert!(third.until_closed().await.contains("<resource-constraint "));
    assert_eq!(server.metric("cobnut_client_refused_total"), Some(1));
    first.send("</stream:stream>").await;
    first.until_closed().await;
    Client::login(&server, "alice", "Spark").await;
    server.stop().await;
}

#[tokio::test]
async fn connections_come_as_fast_as_the_operator_lets_them() {
    let server = Server::with(|settings| {
        settings.limits.arrivals =
            ArrivalPolicy { is_limited: true, per_second: 1, burst: 2, per_address: None };
    })
    .await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(Client::connect(&server).await);
    }
    clients[0].open().await;
    let refused = clients.last_mut().expect("twenty").until_closed().await;
    assert!(refused.contains("<resource-constraint "), "{refused}");
    assert!(server.metric("cobnut_client_refused_total") > Some(0));
    server.stop().await;
}

#[tokio::test]
async fn what_a_lost_client_did_not_read_is_delivered_later() {
    let server = Server::start().await;
    let mut alice = Client::login(&server, "alice", "Spark").await;
    alice.send("<presence/>").await;
    alice.until("<presence").await;
    let mut bob = Client::login(&server, "bob", "Spark").await;
    bob.send("<message to='alice@example.org' type='chat' id='m1'><body>one</body></message>").await;
    alice.until("<body>one</body>").await;
    drop(alice);
    bob.ping("p").await;
    bob.send("<message to='alice@example.org' type='chat' id='m2'><body>two</body></message>").await;
    bob.ping("p2").await;
    let mut alice = Client::login(&server, "alice", "Spark").await;
    alice.send("<presence/>").await;
    alice.until("<body>two</body>").await;
    server.stop().await;
}

/// A client that reads nothing any more, as a laptop that was closed.
#[tokio::test]
async fn a_client_that_does_not_read_is_given_up_and_nobody_waits_for_it() {
    let server = Server::with(|settings| settings.limits.write_timeout = Duration::from_millis(300)).await;
    let mut alice = Client::connect_with_small_buffers(&server).await;
    alice.open().await;
    assert!(alice.plain("alice", "secret").await.contains("<success"));
    alice.open().await;
    alice.bind("Spark").await;
    alice.send("<presence/>").await;
    alice.until("<presence").await;

    let mut bob = Client::login(&server, "bob", "Spark").await;
    let body = "x".repeat(60_000);
    let mut sent = 0;
    while server.metric("cobnut_client_connections ") != Some(1) {
        let id = format!("m{sent}");
        bob.send(&format!(
            "<message to='alice@example.org' type='chat' id='{id}'><body>{body}</body></message>"
        ))
        .await;
        bob.ping(&format!("p{sent}")).await;
        sent += 1;
        assert!(sent < 2000, "the client that does not read is still there");
    }
    bob.ping("after").await;
    // What was waiting for her is not lost: stored while there is room, else returned to its sender.
    let stored = server.store.offline("alice").await.expect("store");
    assert!(!stored.is_empty());
    drop(alice);
    server.stop().await;
}
