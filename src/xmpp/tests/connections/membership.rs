//! Nodes that may not serve clients because of their place in the cluster.

use std::time::Duration;

use cobnut_mesh::{LoginObstacle, MembershipSettings};

use crate::client::{Client, OPEN};
use crate::server::Server;

/// What a client is told that wants to log in and may not.
async fn refusal(server: &Server) -> String {
    let mut client = Client::connect(server).await;
    client.send(OPEN).await;
    client.until_closed().await
}

#[tokio::test]
async fn too_few_members_take_no_logins_and_keep_those_who_are_there() {
    let membership = MembershipSettings { members_min: 2, ..MembershipSettings::default() };
    let one = Server::with_membership(membership.clone()).await;
    // Without clustering there are no members to count.
    Client::login(&one, "bob", "before").await;
    one.cluster.enable().await.expect("enable");
    let end = refusal(&one).await;
    assert!(end.contains("<resource-constraint "), "{end}");
    assert!(end.contains("in touch with 1 of 2 members only"), "{end}");

    let two = one.another(membership).await;
    let mut alice = Client::login(&one, "alice", "Spark").await;
    two.stop().await;
    while one.cluster.login_obstacle() != Some(LoginObstacle::Minority { have: 1, of: 2 }) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(refusal(&one).await.contains("<resource-constraint "));
    alice.ping("still-here").await;
    one.cluster.disable().await;
    Client::login(&one, "bob", "after").await;
    one.stop().await;
}

#[tokio::test]
async fn a_lite_member_sends_clients_to_another_and_knows_none_itself() {
    let one = Server::start().await;
    one.cluster.enable().await.expect("enable");
    let membership = MembershipSettings { is_lite: true, ..MembershipSettings::default() };
    let lite = one.another(membership).await;
    assert_eq!(lite.cluster.login_obstacle(), Some(LoginObstacle::LiteMember));
    let end = refusal(&lite).await;
    assert!(end.contains(&format!(">{}</see-other-host>", one.c2s())), "{end}");
    let mut bob = Client::login(&one, "bob", "Spark").await;
    bob.ping("served").await;
    let id = lite.cluster.identity().node_id;
    assert!(one.cluster.record_of(id).is_some_and(|record| record.is_lite));
    lite.cluster.disable().await;
    assert_eq!(lite.cluster.login_obstacle(), None, "a node for itself serves");
    lite.stop().await;
    one.stop().await;
}
