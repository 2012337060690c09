//! Two members on one database: everything works across them as it does on one, and the end of a member is told once.

use super::fixture::{Client, World, eventually};

const MESSAGE: &str = "<message to='juliet@example.net' id='m' type='chat'><body>hi</body></message>";

/// Romeo on the first member and Juliet on the second, contacts of each other, both knowing that the other is there.
async fn pair() -> (World, Client, Client) {
    let world = World::pair().await;
    world.befriend("romeo", "juliet").await;
    let mut romeo = world.online_at(0, "romeo@example.net/a").await;
    world
        .until_known("romeo@example.net/a", |record| record.is_some_and(|record| record.presence.is_some()))
        .await;
    let mut juliet = world.online_at(1, "juliet@example.net/b").await;
    juliet.expect("<presence from='romeo@example.net/a' to='juliet@example.net/b'/>").await;
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    world
        .until_known("juliet@example.net/b", |record| record.is_some_and(|record| record.presence.is_some()))
        .await;
    (world, romeo, juliet)
}

#[tokio::test]
async fn messages_iqs_and_presence_cross_the_members() {
    let (_world, mut romeo, mut juliet) = pair().await;
    romeo.send(MESSAGE).await;
    juliet
        .expect("<message from='romeo@example.net/a' to='juliet@example.net' id='m' type='chat'><body>hi</body></message>")
        .await;
    juliet.send("<message to='romeo@example.net/a' type='chat'><body>hello</body></message>").await;
    romeo
        .expect("<message from='juliet@example.net/b' to='romeo@example.net/a' type='chat'><body>hello</body></message>")
        .await;
    romeo
        .send("<iq type='get' id='v' to='juliet@example.net/b'><query xmlns='jabber:iq:version'/></iq>")
        .await;
    juliet
        .expect(
            "<iq type='get' id='v' from='romeo@example.net/a' to='juliet@example.net/b'>\
             <query xmlns='jabber:iq:version'/></iq>",
        )
        .await;
    juliet.send("<iq type='result' id='v' to='romeo@example.net/a'/>").await;
    romeo.expect("<iq type='result' id='v' from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    juliet.send("<presence><show>dnd</show></presence>").await;
    romeo
        .expect("<presence from='juliet@example.net/b' to='romeo@example.net/a'><show>dnd</show></presence>")
        .await;
    juliet.close().await;
    romeo.expect("<presence type='unavailable' from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    romeo.expect_nothing().await;
}

#[tokio::test]
async fn subscriptions_and_pushes_cross_the_members() {
    let world = World::pair().await;
    let mut romeo = world.online_at(0, "romeo@example.net/a").await;
    let mut tablet = world.login_at(1, "romeo@example.net/tablet").await;
    let mut juliet = world.online_at(1, "juliet@example.net/b").await;
    for client in [&mut romeo, &mut tablet, &mut juliet] {
        client.send("<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>").await;
        client.receive().await;
        world
            .until_known(client.jid.as_str(), |record| record.is_some_and(|record| record.is_interested))
            .await;
    }
    romeo.send("<presence to='juliet@example.net' type='subscribe'/>").await;
    let push = |to: &str, item: &str| {
        let account = to.split('/').next().unwrap();
        format!(
            "<iq type='set' id='*' from='{account}' to='{to}'><query xmlns='jabber:iq:roster'>{item}</query></iq>"
        )
    };
    let asked = "<item jid='juliet@example.net' subscription='none' ask='subscribe'/>";
    romeo.expect(&push("romeo@example.net/a", asked)).await;
    tablet.expect(&push("romeo@example.net/tablet", asked)).await;
    juliet.expect("<presence type='subscribe' from='romeo@example.net' to='juliet@example.net'/>").await;
    juliet.send("<presence to='romeo@example.net' type='subscribed'/>").await;
    juliet.expect(&push("juliet@example.net/b", "<item jid='romeo@example.net' subscription='from'/>")).await;
    romeo.expect("<presence type='subscribed' from='juliet@example.net' to='romeo@example.net'/>").await;
    romeo.expect(&push("romeo@example.net/a", "<item jid='juliet@example.net' subscription='to'/>")).await;
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    tablet.expect("<presence type='subscribed' from='juliet@example.net' to='romeo@example.net'/>").await;
    tablet
        .expect(&push("romeo@example.net/tablet", "<item jid='juliet@example.net' subscription='to'/>"))
        .await;
    tablet.expect_nothing().await;
}

#[tokio::test]
async fn copies_cross_the_members() {
    let (world, romeo, _juliet) = pair().await;
    let mut phone = world.login_at(1, "romeo@example.net/phone").await;
    phone.send("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>").await;
    phone.receive().await;
    world
        .until_known("romeo@example.net/phone", |record| record.is_some_and(|record| record.has_carbons))
        .await;
    romeo.send(MESSAGE).await;
    phone
        .expect(
            "<message from='romeo@example.net' to='romeo@example.net/phone' type='chat'>\
             <sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' \
             from='romeo@example.net/a' to='juliet@example.net' id='m' type='chat'><body>hi</body></message>\
             </forwarded></sent></message>",
        )
        .await;
}

#[tokio::test]
async fn a_login_elsewhere_takes_the_resource() {
    let (world, mut romeo, mut juliet) = pair().await;
    let mut new = world.login_at(1, "romeo@example.net/a").await;
    romeo.expect_close("conflict").await;
    juliet
        .expect("<presence type='unavailable' from='romeo@example.net/a' to='juliet@example.net/b'/>")
        .await;
    romeo.close().await;
    new.send("<presence/>").await;
    juliet.expect("<presence from='romeo@example.net/a' to='juliet@example.net/b'/>").await;
    juliet.expect_nothing().await;
    new.expect("<presence from='romeo@example.net/a' to='romeo@example.net/a'/>").await;
    let holder = world.nodes[1].cluster.identity().node_id;
    for node in &world.nodes {
        eventually("one holder", || {
            node.cluster.sessions().get(&new.jid).is_some_and(|entry| entry.member == holder)
        })
        .await;
    }
}

#[tokio::test]
async fn sessions_are_ended_at_the_other_member() {
    let (world, mut romeo, mut juliet) = pair().await;
    assert!(world.nodes[0].service.kick(&juliet.jid, "bye").await);
    juliet.expect_close("policy-violation").await;
    romeo.expect("<presence type='unavailable' from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    world.nodes[1].service.end_sessions_of(&romeo.jid.to_bare(), "locked").await;
    romeo.expect_close("not-authorized").await;
}

#[tokio::test]
async fn a_message_for_a_session_that_just_left_is_not_lost() {
    let (world, romeo, juliet) = pair().await;
    // The first member still believes in the session.
    world.nodes[1].service.local.remove(&juliet.jid).unwrap();
    romeo.send(MESSAGE).await;
    romeo
        .send("<iq type='get' id='v' to='juliet@example.net/b'><query xmlns='jabber:iq:version'/></iq>")
        .await;
    let mut romeo = romeo;
    romeo
        .expect(
            "<iq type='error' id='v' from='juliet@example.net/b' to='romeo@example.net/a'><error type='cancel'>\
             <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        )
        .await;
    let mut other = world.online_at(0, "juliet@example.net/c").await;
    loop {
        if other.receive().await.attr("id") == Some("m") {
            break;
        }
    }
}

#[tokio::test]
async fn the_end_of_a_member_is_told_once_and_its_users_can_return() {
    let (mut world, mut romeo, juliet) = pair().await;
    let mut nurse = world.online_at(0, "nurse@example.net/n").await;
    juliet.send("<presence to='nurse@example.net/n'/>").await;
    juliet.send("<presence to='romeo@example.net'/>").await;
    nurse.expect("<presence from='juliet@example.net/b' to='nurse@example.net/n'/>").await;
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net'/>").await;
    world
        .until_known("juliet@example.net/b", |record| {
            record.is_some_and(|record| record.directed_to.len() == 2)
        })
        .await;
    let lost = world.nodes.pop().unwrap();
    assert!(lost.tasks.shut_down(std::time::Duration::from_secs(10)).await);
    romeo.expect("<presence type='unavailable' from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    nurse.expect("<presence type='unavailable' from='juliet@example.net/b' to='nurse@example.net/n'/>").await;
    romeo.send(MESSAGE).await;
    romeo.expect_nothing().await;
    nurse.expect_nothing().await;
    let mut juliet = world.online_at(0, "juliet@example.net/b").await;
    juliet.expect("<presence from='romeo@example.net/a' to='juliet@example.net/b'/>").await;
    let message = juliet.receive().await;
    assert_eq!(message.attr("id"), Some("m"));
    assert!(message.has_child("delay", "urn:xmpp:delay"));
    juliet.expect_nothing().await;
}
