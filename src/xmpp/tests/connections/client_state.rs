//! Client state indication (XEP-0352): presence waits for a client that nobody looks at.

use std::time::Duration;

use cobnut_xmpp::ClientStatePolicy;

use crate::client::Client;
use crate::server::Server;

const INACTIVE: &str = "<inactive xmlns='urn:xmpp:csi:0'/>";
const ACTIVE: &str = "<active xmlns='urn:xmpp:csi:0'/>";

async fn with(change: impl FnOnce(&mut ClientStatePolicy)) -> Server {
    Server::with(|settings| change(&mut settings.limits.client_state)).await
}

/// Alice, whom nobody looks at, and another resource of hers, whose presence she would see.
async fn inactive_and_other(server: &Server) -> (Client, Client) {
    let mut alice = Client::login(server, "alice", "phone").await;
    alice.send("<presence/>").await;
    alice.until("<presence").await;
    let mut other = Client::login(server, "alice", "desk").await;
    other.send("<presence/>").await;
    other.ping("there").await;
    alice.until("alice@example.org/desk").await;
    alice.send(INACTIVE).await;
    alice.ping("inactive").await;
    (alice, other)
}

async fn change_presence(client: &mut Client, status: &str) {
    client.send(&format!("<presence><status>{status}</status></presence>")).await;
    client.ping(status).await;
}

#[tokio::test]
async fn presence_waits_until_the_client_is_active_and_only_the_last_comes() {
    let server = Server::start().await;
    let (mut alice, mut other) = inactive_and_other(&server).await;
    change_presence(&mut other, "first").await;
    change_presence(&mut other, "second").await;
    server.until_metric("cobnut_client_stanzas_held_total", 2).await;
    alice.send(ACTIVE).await;
    let released = alice.until("second").await;
    assert!(!released.contains("first"), "{released}");
    assert_eq!(server.metric("cobnut_client_stanzas_spared_total"), Some(1));
    change_presence(&mut other, "third").await;
    alice.until("third").await;
    server.stop().await;
}

#[tokio::test]
async fn a_message_takes_along_what_waited() {
    let server = Server::start().await;
    let (mut alice, mut other) = inactive_and_other(&server).await;
    change_presence(&mut other, "away").await;
    server.until_metric("cobnut_client_stanzas_held_total", 1).await;
    other.send("<message to='alice@example.org/phone' type='chat'><body>look</body></message>").await;
    let received = alice.until("<body>look</body>").await;
    assert!(received.contains("<status>away</status>"), "before the message: {received}");
    server.stop().await;
}

#[tokio::test]
async fn nothing_waits_longer_than_the_operator_allows() {
    let server = with(|policy| policy.hold_max = Duration::from_millis(50)).await;
    let (mut alice, mut other) = inactive_and_other(&server).await;
    change_presence(&mut other, "away").await;
    alice.until("<status>away</status>").await;
    server.stop().await;
}

#[tokio::test]
async fn what_is_held_back_survives_the_connection() {
    let server = Server::start().await;
    let mut alice = Client::login(&server, "alice", "phone").await;
    let enabled = alice.ask("<enable xmlns='urn:xmpp:sm:3' resume='true'/>", "/>").await;
    let id = enabled.split(" id=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("id").to_owned();
    alice.send("<presence/>").await;
    alice.until("<presence").await;
    alice.send(INACTIVE).await;
    alice.ping("inactive").await;
    let mut other = Client::login(&server, "alice", "desk").await;
    change_presence(&mut other, "here").await;
    drop(alice);

    let mut again = Client::connect_tls(&server).await;
    again.open().await;
    again.plain("alice", "secret").await;
    again.open().await;
    again.send(&format!("<resume xmlns='urn:xmpp:sm:3' previd='{id}' h='2'/>")).await;
    again.until("<resumed ").await;
    again.until("<status>here</status>").await;
    // A resumed session is active (XEP-0352 §5).
    change_presence(&mut other, "there").await;
    again.until("<status>there</status>").await;
    server.stop().await;
}

#[tokio::test]
async fn where_it_is_off_nothing_is_offered_and_nothing_waits() {
    let server = with(|policy| policy.is_on = false).await;
    let mut client = Client::connect_tls(&server).await;
    client.open().await;
    client.plain("bob", "secret").await;
    let features = client.open().await;
    assert!(!features.contains("urn:xmpp:csi:0"), "{features}");
    let (mut alice, mut other) = inactive_and_other(&server).await;
    change_presence(&mut other, "away").await;
    alice.until("<status>away</status>").await;
    server.stop().await;
}
