//! Taking a node out of service while its clients chat.

use std::time::Duration;

use cobnut_xmpp::DrainState;

use crate::client::{Client, OPEN, PATIENCE};
use crate::server::Server;

/// Messages that bob writes while alice is moved.
const MESSAGES: usize = 60;

fn body(number: usize) -> String {
    format!("<body>number {number}.</body>")
}

async fn online(server: &Server, user: &str) -> Client {
    let mut client = Client::login(server, user, "Spark").await;
    client.send("<presence/>").await;
    client.until("<presence").await;
    client
}

#[tokio::test]
async fn a_client_is_sent_to_the_other_member_and_every_message_arrives_once() {
    let [one, two] = Server::pair().await;
    let mut alice = online(&one, "alice").await;
    let mut bob = online(&two, "bob").await;

    let xmpp = one.xmpp.clone();
    let drain = tokio::spawn(async move { xmpp.drain_clients(PATIENCE).await });
    let writer = tokio::spawn(async move {
        for number in 0..MESSAGES {
            let body = body(number);
            bob.send(&format!("<message to='alice@example.org/Spark' type='chat'>{body}</message>")).await;
            tokio::task::yield_now().await;
        }
        let heard = bob.ping("all-taken").await;
        (bob, heard)
    });
    // She has not read yet that she has to go.
    alice.send("<message to='bob@example.org' type='chat'><body>before I go</body></message>").await;
    let mut seen = alice.until("</stream:stream>").await;
    let expected = format!(
        "<see-other-host xmlns=\"urn:ietf:params:xml:ns:xmpp-streams\">{}</see-other-host>",
        two.c2s()
    );
    assert!(seen.contains(&expected), "{seen}");
    alice.send("<message to='bob@example.org' type='chat'><body>on my way</body></message>").await;
    alice.send("</stream:stream>").await;
    seen.push_str(&alice.until_closed().await);

    let mut alice = Client::login(&two, "alice", "Spark").await;
    seen.push_str(&alice.ask("<presence/>", "<presence").await);
    let (mut bob, mut heard) = writer.await.expect("writer");
    let drained = drain.await.expect("drain");
    assert_eq!((drained.moved, drained.closed, drained.is_settled), (1, 0, true), "{drained:?}");
    bob.send("<message to='alice@example.org/Spark' type='chat'><body>the last one</body></message>").await;
    seen.push_str(&alice.until("<body>the last one</body>").await);
    for number in 0..MESSAGES {
        // What was stored just before she came back is found by the second look after her presence.
        if !seen.contains(&body(number)) {
            seen.push_str(&alice.until(&body(number)).await);
        }
    }
    seen.push_str(&alice.ping("nothing-more").await);
    for number in 0..MESSAGES {
        assert_eq!(seen.matches(&body(number)).count(), 1, "message {number} in {seen}");
    }
    if !heard.contains("<body>on my way</body>") {
        heard.push_str(&bob.until("<body>on my way</body>").await);
    }
    assert_eq!(heard.matches("<body>before I go</body>").count(), 1, "{heard}");
    assert_eq!((one.xmpp.sessions_here(), two.xmpp.sessions_here()), (0, 2));
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn new_clients_are_sent_elsewhere_until_the_node_is_back() {
    let [one, two] = Server::pair().await;
    one.xmpp.drain_clients(PATIENCE).await;
    assert!(matches!(one.xmpp.drain_state(), DrainState::Drained { moved: 0, closed: 0, .. }));
    let mut stranger = Client::connect(&one).await;
    stranger.send(OPEN).await;
    let end = stranger.until_closed().await;
    assert!(end.contains(&format!(">{}</see-other-host>", two.c2s())), "{end}");
    let record = || two.cluster.record_of(one.cluster.identity().node_id);
    while !record().is_some_and(|record| record.is_draining) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    one.xmpp.welcome_clients();
    online(&one, "alice").await;
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn who_has_nowhere_to_go_is_told_of_the_end_and_one_who_stays_is_closed() {
    let server = Server::start().await;
    let mut leaves = online(&server, "alice").await;
    // Never closes its stream.
    let mut stays = online(&server, "bob").await;
    let xmpp = server.xmpp.clone();
    let drain = tokio::spawn(async move { xmpp.drain_clients(Duration::from_secs(2)).await });
    let end = leaves.until("</stream:stream>").await;
    assert!(end.contains("<system-shutdown "), "{end}");
    leaves.send("</stream:stream>").await;
    stays.until("</stream:stream>").await;
    let drained = drain.await.expect("drain");
    assert_eq!(drained.moved + drained.closed, 2, "{drained:?}");
    assert!(drained.closed <= 1 && drained.is_settled, "{drained:?}");
    // Sockets linger for a moment.
    while server.metric("cobnut_client_connections ") != Some(0) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_drain_may_keep_addresses_to_itself() {
    let server = Server::with(|settings| settings.policy.redirects_clients = false).await;
    let mut client = online(&server, "alice").await;
    let xmpp = server.xmpp.clone();
    let drain = tokio::spawn(async move { xmpp.drain_clients(PATIENCE).await });
    assert!(client.until("</stream:stream>").await.contains("<system-shutdown "));
    client.send("</stream:stream>").await;
    client.until_closed().await;
    assert_eq!(drain.await.expect("drain").moved, 1);
    server.stop().await;
}
