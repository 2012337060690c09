//! Stream management (XEP-0198): what is counted, and sessions that outlive their connections.

use std::time::Duration;

use cobnut_xmpp::ManagementPolicy;

use crate::client::{Client, PATIENCE};
use crate::server::Server;

const SM: &str = "xmlns='urn:xmpp:sm:3'";

async fn with(change: impl FnOnce(&mut ManagementPolicy)) -> Server {
    Server::with(|settings| change(&mut settings.limits.management)).await
}

/// A client that has logged in and has no resource.
async fn authenticated(server: &Server, user: &str) -> Client {
    let mut client = Client::connect_tls(server).await;
    client.open().await;
    let answer = client.plain(user, "secret").await;
    assert!(answer.contains("<success"), "{answer}");
    let features = client.open().await;
    assert!(features.contains("<sm xmlns=\"urn:xmpp:sm:3\"/>"), "{features}");
    client
}

/// An available session that can be resumed, and its id.
async fn resumable(server: &Server, user: &str) -> (Client, String) {
    let mut client = Client::login(server, user, "Spark").await;
    let enabled = client.ask(&format!("<enable {SM} resume='true'/>"), "/>").await;
    let id = attribute(&enabled, "id");
    client.send("<presence/>").await;
    client.until("<presence").await;
    (client, id)
}

fn attribute(element: &str, name: &str) -> String {
    let (_, rest) = element.split_once(&format!("{name}=\"")).expect(element);
    rest.split('"').next().expect("value").to_owned()
}

fn chat(number: usize) -> String {
    format!("<message to='alice@example.org/Spark' type='chat'><body>number {number}.</body></message>")
}

/// Bob writes messages, and returns when the server has taken them.
async fn write(bob: &mut Client, numbers: std::ops::Range<usize>) {
    for number in numbers.clone() {
        bob.send(&chat(number)).await;
    }
    bob.ping(&format!("after-{}", numbers.end)).await;
}

fn resume(id: &str, handled: u32) -> String {
    format!("<resume {SM} previd='{id}' h='{handled}'/>")
}

/// The numbers of the messages in what was received, in order.
fn numbers(received: &str) -> Vec<usize> {
    let bodies = received.split("<body>number ").skip(1);
    bodies.map(|rest| rest.split('.').next().expect("number").parse().expect("number")).collect()
}

#[tokio::test]
async fn stanzas_are_counted_and_acknowledged() {
    let server = Server::start().await;
    let mut client = Client::login(&server, "alice", "Spark").await;
    let early = client.ask(&format!("<r {SM}/>"), "</failed>").await;
    assert!(early.contains("<unexpected-request "), "{early}");
    let enabled = client.ask(&format!("<enable {SM} resume='1' max='30'/>"), "/>").await;
    assert_eq!(attribute(&enabled, "max"), "30", "the client wants less than it may have");
    assert_eq!(attribute(&enabled, "location"), server.c2s().to_string());
    let again = client.ask(&format!("<enable {SM}/>"), "</failed>").await;
    assert!(again.contains("<unexpected-request "), "{again}");

    client.send("<presence/>").await;
    client.until("<presence").await;
    client.ping("one").await;
    let answer = client.ask(&format!("<r {SM}/>"), "<a xmlns=\"urn:xmpp:sm:3\" h=\"2\"/>").await;
    assert!(!answer.contains("<r "), "nothing urgent was sent: {answer}");
    client.send("<message to='alice@example.org/Spark' type='chat'><body>to me</body></message>").await;
    client.until("<r xmlns=\"urn:xmpp:sm:3\"/>").await;
    client.send(&format!("<a {SM} h='3'/>")).await;
    client.ping("two").await;
    client.send(&format!("<a {SM} h='5'/>")).await;
    let end = client.until_closed().await;
    assert!(
        end.contains("<handled-count-too-high xmlns=\"urn:xmpp:sm:3\" h=\"5\" send-count=\"4\"/>"),
        "{end}"
    );
    server.stop().await;
}

#[tokio::test]
async fn what_is_malformed_ends_the_stream_and_what_is_off_is_refused() {
    let server = Server::start().await;
    let mut client = Client::login(&server, "alice", "Spark").await;
    client.ask(&format!("<enable {SM}/>"), "<enabled xmlns=\"urn:xmpp:sm:3\"/>").await;
    client.send(&format!("<a {SM} h='many'/>")).await;
    assert!(client.until_closed().await.contains("<bad-format "));
    server.stop().await;

    let server = with(|management| management.is_on = false).await;
    let mut client = Client::login(&server, "alice", "Spark").await;
    let answer = client.ask(&format!("<enable {SM}/>"), "</failed>").await;
    assert!(answer.contains("<feature-not-implemented "), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_resumed_session_gets_what_it_lacks_once_and_in_order() {
    let server = Server::start().await;
    let (mut alice, id) = resumable(&server, "alice").await;
    let mut bob = Client::login(&server, "bob", "Spark").await;
    write(&mut bob, 0..3).await;
    let mut seen = alice.until("number 2.</body></message>").await;
    // Presence and three messages came; the client has handled all but the last one.
    drop(alice);
    server.until_metric("cobnut_client_sessions_detached", 1).await;
    write(&mut bob, 3..20).await;
    assert_eq!(server.xmpp.sessions_here(), 2, "the session is still there");

    let mut alice = authenticated(&server, "alice").await;
    let rest = alice.ask(&resume(&id, 3), "number 19.</body></message>").await;
    assert_eq!(rest.matches("<resumed ").count(), 1, "{rest}");
    assert_eq!(attribute(rest.split_once("<resumed ").expect("resumed").1, "h"), "1");
    assert_eq!(numbers(&rest), (2..20).collect::<Vec<_>>());
    // It goes on as if nothing had happened, and can be lost once more.
    write(&mut bob, 20..22).await;
    seen.push_str(&alice.until("number 21.</body></message>").await);
    assert_eq!(numbers(&seen), [0, 1, 2, 20, 21]);
    alice.send(&format!("<a {SM} h='23'/>")).await;
    alice.ping("acknowledged").await;
    drop(alice);
    write(&mut bob, 22..23).await;
    let mut alice = authenticated(&server, "alice").await;
    let rest = alice.ask(&resume(&id, 24), "number 22.</body></message>").await;
    assert_eq!(numbers(&rest), [22]);
    assert_eq!(server.metric("cobnut_client_sessions_resumed_total"), Some(2));
    assert_eq!(server.metric("cobnut_client_sessions_detached"), Some(0));
    server.stop().await;
}

#[tokio::test]
async fn a_session_is_taken_from_a_connection_that_still_seems_alive() {
    let server = Server::start().await;
    let (mut old, id) = resumable(&server, "alice").await;
    let mut new = authenticated(&server, "alice").await;
    new.ask(&resume(&id, 1), "<resumed ").await;
    let end = old.until_closed().await;
    assert!(end.contains("<conflict "), "{end}");
    new.ping("goes on").await;
    assert_eq!(server.xmpp.sessions_here(), 1);
    server.stop().await;
}

#[tokio::test]
async fn nobody_resumes_what_is_not_his_or_counts_too_high() {
    let server = Server::start().await;
    let (alice, id) = resumable(&server, "alice").await;
    drop(alice);
    let mut bob = authenticated(&server, "bob").await;
    let answer = bob.ask(&resume(&id, 1), "</failed>").await;
    assert!(answer.contains("<item-not-found ") && !answer.contains("h="), "{answer}");
    assert!(bob.bind("Spark").await.contains("<jid>"), "he can still bind a resource");

    let mut liar = authenticated(&server, "alice").await;
    liar.send(&resume(&id, 9)).await;
    let end = liar.until_closed().await;
    assert!(end.contains("<handled-count-too-high ") && end.contains("send-count=\"1\""), "{end}");
    let mut alice = authenticated(&server, "alice").await;
    alice.ask(&resume(&id, 1), "<resumed ").await;
    server.stop().await;
}

#[tokio::test]
async fn what_waits_is_stored_when_the_time_is_over() {
    let server = with(|management| management.detach = Duration::from_secs(1)).await;
    let (alice, id) = resumable(&server, "alice").await;
    let mut bob = Client::login(&server, "bob", "Spark").await;
    write(&mut bob, 0..3).await;
    drop(alice);
    server.until_metric("cobnut_client_sessions_expired_total", 1).await;
    server.until_metric("cobnut_xmpp_messages_stored_offline_total", 3).await;

    let mut alice = authenticated(&server, "alice").await;
    let answer = alice.ask(&resume(&id, 1), "</failed>").await;
    assert!(answer.contains("<item-not-found "), "{answer}");
    assert_eq!(attribute(&answer, "h"), "1", "what it had handled is still known");
    alice.bind("Spark").await;
    alice.send("<presence/>").await;
    assert_eq!(numbers(&alice.until("number 2.</body>").await), [0, 1, 2]);
    server.stop().await;
}

#[tokio::test]
async fn a_waiting_session_is_ended_like_any_other() {
    for is_kicked in [true, false] {
        let server = Server::start().await;
        let (alice, id) = resumable(&server, "alice").await;
        let mut bob = Client::login(&server, "bob", "Spark").await;
        drop(alice);
        server.until_metric("cobnut_client_sessions_detached", 1).await;
        write(&mut bob, 0..2).await;
        if is_kicked {
            let jid = "alice@example.org/Spark".parse().expect("JID");
            assert!(server.xmpp.kick(&jid, "out").await);
        } else {
            drop(bob);
            let drained = server.xmpp.drain_clients(PATIENCE).await;
            assert!(drained.is_settled && drained.closed == 0, "{drained:?}");
            server.xmpp.welcome_clients();
        }
        server.until_metric("cobnut_xmpp_messages_stored_offline_total", 2).await;
        let mut alice = authenticated(&server, "alice").await;
        let answer = alice.ask(&resume(&id, 1), "</failed>").await;
        assert!(answer.contains("<item-not-found "), "{answer}");
        server.stop().await;
    }
}

#[tokio::test]
async fn what_waits_is_stored_before_the_node_stops() {
    let server = Server::start().await;
    let (alice, _) = resumable(&server, "alice").await;
    let mut bob = Client::login(&server, "bob", "Spark").await;
    drop(alice);
    write(&mut bob, 0..2).await;
    server.xmpp.drain().await;
    assert_eq!(server.xmpp.sessions_here(), 0);
    server.until_metric("cobnut_xmpp_messages_stored_offline_total", 2).await;
    server.stop().await;
}

#[tokio::test]
async fn a_stream_that_is_closed_is_not_resumed_and_a_new_login_ends_what_waits() {
    let server = Server::start().await;
    let (mut alice, id) = resumable(&server, "alice").await;
    alice.send("</stream:stream>").await;
    alice.until_closed().await;
    let mut alice = authenticated(&server, "alice").await;
    alice.ask(&resume(&id, 1), "</failed>").await;
    drop(alice);

    let (alice, id) = resumable(&server, "alice").await;
    drop(alice);
    server.until_metric("cobnut_client_sessions_detached", 1).await;
    let (_alice, new_id) = resumable(&server, "alice").await;
    assert_ne!(id, new_id);
    server.until_metric("cobnut_client_sessions_detached", 0).await;
    let mut late = authenticated(&server, "alice").await;
    late.ask(&resume(&id, 1), "</failed>").await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_never_acknowledges_is_sent_away_and_loses_nothing() {
    let server = with(|management| management.unacked_stanzas = 4).await;
    let (mut alice, _) = resumable(&server, "alice").await;
    let mut bob = Client::login(&server, "bob", "Spark").await;
    write(&mut bob, 0..6).await;
    let end = alice.until_closed().await;
    assert!(end.contains("<policy-violation "), "{end}");
    server.until_metric("cobnut_xmpp_messages_stored_offline_total", 6).await;
    let mut alice = Client::login(&server, "alice", "Spark").await;
    alice.send("<presence/>").await;
    assert_eq!(numbers(&alice.until("number 5.</body>").await), [0, 1, 2, 3, 4, 5]);
    server.stop().await;
}
