//! Two members on one database: everything works across them as it does on one, and the end of a member is told once.

use std::sync::Arc;

use bytes::Bytes;
use cobnut_mesh::{ClusterEvent, Envelope};
use cobnut_model::{NodeId, RosterItem, SessionRecord};
use futures::FutureExt as _;
use tokio::sync::mpsc;

use super::fixture::{Client, World, eventually};
use crate::service::{Outbound, Recipients};

const MESSAGE: &str = "<message to='juliet@example.net' id='m' type='chat'><body>hi</body></message>";

/// Romeo on the first member and Juliet on the second, contacts of each other, both knowing that the other is there.
async fn pair() -> (World, Client, Client) {
    let world = World::clustered(2).await;
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

/// Waits until both members have shown their users to each other because they met, and forgets what that brought.
async fn greetings_over(world: &World, romeo: &mut Client, juliet: &mut Client) {
    for node in &world.nodes {
        eventually("greetings over", || !node.tasks.running().contains_key("greet member")).await;
    }
    // What is on its way between the members stays in order.
    romeo.send(&format!("<message to='{}' id='last'/>", juliet.jid)).await;
    juliet.send(&format!("<message to='{}' id='last'/>", romeo.jid)).await;
    for client in [romeo, juliet] {
        while client.receive().await.attr("id") != Some("last") {}
    }
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

/// Who tells a friend on another member where he can be reached is reached.
#[tokio::test]
async fn a_session_is_found_everywhere_as_soon_as_it_is_bound() {
    let (world, romeo, _juliet) = pair().await;
    for number in 0..50 {
        let mut phone = world.login_at(1, &format!("juliet@example.net/phone{number}")).await;
        romeo.send(&format!("<message to='{}' id='m{number}'><body>hi</body></message>", phone.jid)).await;
        assert_eq!(phone.receive().await.attr("id"), Some(format!("m{number}").as_str()));
        phone.close().await;
    }
}

#[tokio::test]
async fn subscriptions_and_pushes_cross_the_members() {
    let world = World::clustered(2).await;
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
    // His member reads the item before it pushes it; her presence needs no reading.
    let now = push("romeo@example.net/a", "<item jid='juliet@example.net' subscription='to'/>");
    romeo.expect_all(&[&now, "<presence from='juliet@example.net/b' to='romeo@example.net/a'/>"]).await;
    tablet.expect("<presence type='subscribed' from='juliet@example.net' to='romeo@example.net'/>").await;
    tablet
        .expect(&push("romeo@example.net/tablet", "<item jid='juliet@example.net' subscription='to'/>"))
        .await;
    tablet.expect_nothing().await;
}

#[tokio::test]
async fn presence_obeys_a_roster_that_was_changed_at_another_member() {
    let (world, romeo, mut juliet) = pair().await;
    let (account, other) = (romeo.jid.to_bare(), &world.nodes[1].service);
    let tablet = world.online_at(1, "romeo@example.net/tablet").await;
    juliet.expect("<presence from='romeo@example.net/tablet' to='juliet@example.net/b'/>").await;
    eventually("a second look", || !world.nodes[1].tasks.running().contains_key("settle presence")).await;
    assert!(other.rosters.fresh(&account).is_some(), "no reading for each presence");

    romeo.send("<presence to='juliet@example.net' type='unsubscribed'/>").await;
    eventually("told of the change", || {
        // It may have been read again already.
        other.rosters.fresh(&account).is_none_or(|roster| {
            roster
                .iter()
                .all(|item| item.jid != juliet.jid.to_bare() || !item.subscription.is_seen_by_contact())
        })
    })
    .await;
    tablet.send("<presence><show>away</show></presence>").await;
    loop {
        let stanza = juliet.receive().await;
        assert!(stanza.get_child("show", "jabber:client").is_none(), "she is not to see him: {stanza:?}");
        if stanza.attr("from") == Some("romeo@example.net/tablet")
            && stanza.attr("type") == Some("unavailable")
        {
            break;
        }
    }
    juliet.expect_nothing().await;
}

/// A push that was overtaken by a later change tells of the later one.
#[tokio::test]
async fn a_push_tells_what_the_roster_says_by_now() {
    let (world, romeo, mut juliet) = pair().await;
    let (account, contact) = (juliet.jid.to_bare(), romeo.jid.to_bare());
    juliet.send("<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>").await;
    world
        .until_known("juliet@example.net/b", |record| record.is_some_and(|record| record.is_interested))
        .await;
    for (name, told) in [(None, ("remove", None)), (Some("Montague"), ("both", Some("Montague")))] {
        world.befriend("romeo", "juliet").await;
        let change = |item: Option<RosterItem>| {
            (name.and(item).map(|item| RosterItem { name: name.map(str::to_owned), ..item }), ())
        };
        world.store.update_roster_item("juliet", &contact, change).await.unwrap();
        for node in &world.nodes {
            node.service.push_change(&account, &contact).await;
            let push = loop {
                let stanza = juliet.receive().await;
                if stanza.name() == "iq" && stanza.attr("type") == Some("set") {
                    break stanza;
                }
            };
            let query = push.get_child("query", "jabber:iq:roster").unwrap();
            let item = query.children().next().unwrap();
            assert_eq!(item.attr("jid"), Some("romeo@example.net"));
            assert_eq!((item.attr("subscription").unwrap(), item.attr("name")), told);
        }
    }
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
    assert!(world.nodes[0].service.rosters.last(&new.jid.to_bare()).is_none());
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
    world.nodes[1].service.local.end(&juliet.jid, |_| true, || ()).unwrap();
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
    let mut world = World::clustered(3).await;
    world.befriend("romeo", "juliet").await;
    world.befriend("nurse", "juliet").await;
    let mut romeo = world.online_at(0, "romeo@example.net/a").await;
    let mut nurse = world.online_at(1, "nurse@example.net/n").await;
    let mut tybalt = world.online_at(1, "tybalt@example.net/t").await;
    for jid in ["romeo@example.net/a", "nurse@example.net/n", "tybalt@example.net/t"] {
        world.until_known(jid, |record| record.is_some_and(|record| record.presence.is_some())).await;
    }
    let juliet = world.online_at(2, "juliet@example.net/b").await;
    juliet.send("<presence to='tybalt@example.net/t'/>").await;
    juliet.send("<presence to='romeo@example.net'/>").await;
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net'/>").await;
    nurse.expect("<presence from='juliet@example.net/b' to='nurse@example.net/n'/>").await;
    tybalt.expect("<presence from='juliet@example.net/b' to='tybalt@example.net/t'/>").await;
    let directed_twice = |record: &cobnut_model::SessionRecord| record.directed_to.len() == 2;
    world.until_known("juliet@example.net/b", |record| record.is_some_and(directed_twice)).await;

    let lost = world.nodes.pop().unwrap();
    assert!(lost.tasks.shut_down(std::time::Duration::from_secs(10)).await);
    for client in [&mut romeo, &mut nurse, &mut tybalt] {
        let jid = client.jid.clone();
        client
            .expect(&format!("<presence type='unavailable' from='juliet@example.net/b' to='{jid}'/>"))
            .await;
    }
    romeo.send(MESSAGE).await;
    world.until_known("juliet@example.net/b", |record| record.is_none()).await;
    let mut juliet = world.online_at(1, "juliet@example.net/b").await;
    juliet
        .expect_all(&[
            "<presence from='romeo@example.net/a' to='juliet@example.net/b'/>",
            "<presence from='nurse@example.net/n' to='juliet@example.net/b'/>",
        ])
        .await;
    let message = juliet.receive().await;
    assert_eq!(message.attr("id"), Some("m"));
    assert!(message.has_child("delay", "urn:xmpp:delay"));
    for client in [&mut romeo, &mut nurse] {
        let jid = client.jid.clone();
        client.expect(&format!("<presence from='juliet@example.net/b' to='{jid}'/>")).await;
    }
    for client in [&mut romeo, &mut nurse, &mut tybalt, &mut juliet] {
        client.expect_nothing().await;
    }
}

/// A cut between two of three members: only one of the others gives the third up. Its users are told, nobody else's.
#[tokio::test]
async fn members_that_disagree_about_a_third_tell_their_own_users_only() {
    let world = World::clustered(3).await;
    for contact in ["romeo", "nurse"] {
        world.befriend(contact, "juliet").await;
    }
    let mut romeo = world.online_at(0, "romeo@example.net/a").await;
    let mut nurse = world.online_at(1, "nurse@example.net/n").await;
    for jid in ["romeo@example.net/a", "nurse@example.net/n"] {
        world.until_known(jid, |record| record.is_some_and(|record| record.presence.is_some())).await;
    }
    let mut juliet = world.online_at(2, "juliet@example.net/b").await;
    juliet
        .expect_all(&[
            "<presence from='romeo@example.net/a' to='juliet@example.net/b'/>",
            "<presence from='nurse@example.net/n' to='juliet@example.net/b'/>",
        ])
        .await;
    for client in [&mut romeo, &mut nurse] {
        let jid = client.jid.clone();
        client.expect(&format!("<presence from='juliet@example.net/b' to='{jid}'/>")).await;
    }
    world
        .until_known("juliet@example.net/b", |record| record.is_some_and(|record| record.presence.is_some()))
        .await;

    let member = world.nodes[2].cluster.identity().node_id;
    let lost = world.nodes[0].cluster.sessions().get(&juliet.jid).unwrap().record;
    // The event alone, on the first member alone; as if another session had taken its place, nobody holds this one.
    let lost = Arc::new(cobnut_model::SessionRecord {
        jid: "juliet@example.net/lost".parse().unwrap(),
        ..(*lost).clone()
    });
    let (events, receiver) = mpsc::channel(1);
    world.nodes[0].tasks.spawn("more events", Arc::clone(&world.nodes[0].service).run_events(receiver));
    events.send(ClusterEvent::MemberLeft { member, sessions: vec![lost], we_left: false }).await.unwrap();
    romeo
        .expect("<presence type='unavailable' from='juliet@example.net/lost' to='romeo@example.net/a'/>")
        .await;
    for client in [&mut romeo, &mut nurse, &mut juliet] {
        client.expect_nothing().await;
    }
}

#[tokio::test]
async fn leaving_the_cluster_ends_no_session_that_goes_on_there() {
    let (world, mut romeo, mut juliet) = pair().await;
    world.nodes[0].cluster.disable().await;
    romeo.expect("<presence type='unavailable' from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    juliet
        .expect("<presence type='unavailable' from='romeo@example.net/a' to='juliet@example.net/b'/>")
        .await;
    romeo.expect_nothing().await;
    assert_eq!(world.store.last_presence("juliet").await.unwrap(), None, "she is still online");
}

#[tokio::test]
async fn a_member_that_was_given_up_without_noticing_shows_its_users_again() {
    let (world, mut romeo, mut juliet) = pair().await;
    greetings_over(&world, &mut romeo, &mut juliet).await;
    let (events, receiver) = mpsc::channel(2);
    let first = world.nodes[0].cluster.identity().node_id;
    world.nodes[1].tasks.spawn("more events", Arc::clone(&world.nodes[1].service).run_events(receiver));
    // Twice, as after a split that both noticed: told once.
    for _ in 0..2 {
        events.send(ClusterEvent::ForgottenBy(first)).await.unwrap();
    }
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    romeo.expect_nothing().await;
    juliet.expect_nothing().await;
}

#[tokio::test]
async fn the_end_of_a_member_is_told_even_if_its_database_died_with_it() {
    let (mut world, mut romeo, juliet) = pair().await;
    let mut twin = world.online_at(0, "juliet@example.net/twin").await;
    twin.expect_all(&[
        "<presence from='romeo@example.net/a' to='juliet@example.net/twin'/>",
        "<presence from='juliet@example.net/b' to='juliet@example.net/twin'/>",
    ])
    .await;
    romeo.expect("<presence from='juliet@example.net/twin' to='romeo@example.net/a'/>").await;
    world.store.close().await;
    let lost = world.nodes.pop().unwrap();
    assert!(lost.tasks.shut_down(std::time::Duration::from_secs(10)).await);
    for client in [&mut romeo, &mut twin] {
        let jid = client.jid.clone();
        client
            .expect(&format!("<presence type='unavailable' from='juliet@example.net/b' to='{jid}'/>"))
            .await;
        client.expect_nothing().await;
    }
    drop(juliet);
}

#[tokio::test]
async fn what_a_lost_member_did_not_confirm_is_routed_again_in_order() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let mut juliet = world.online("juliet@example.net/b").await;
    let (events, receiver) = mpsc::channel(1);
    world.nodes[0].tasks.spawn("more events", Arc::clone(&world.nodes[0].service).run_events(receiver));
    let lost = "juliet@example.net/lost";
    let envelope =
        |stanza: String| Envelope::Stanza { to: vec![lost.parse().unwrap()], stanza: stanza.into() };
    let message = |number: usize| {
        format!("<message from='romeo@example.net/a' to='{lost}' id='{number}'><body>x</body></message>")
    };
    let mut envelopes: Vec<Envelope> = (0..20).map(|number| envelope(message(number))).collect();
    envelopes.push(envelope(format!("<presence from='romeo@example.net/a' to='{lost}'/>")));
    envelopes.push(envelope(format!("<iq type='get' id='q' from='romeo@example.net/a' to='{lost}'/>")));
    envelopes.push(envelope(format!("<iq type='result' id='r' from='romeo@example.net/a' to='{lost}'/>")));
    events.send(ClusterEvent::Undelivered { to: NodeId([9; 16]), envelopes }).await.unwrap();
    for number in 0..20 {
        assert_eq!(juliet.receive().await.attr("id"), Some(number.to_string().as_str()));
    }
    romeo
        .expect(&format!(
            "<iq type='error' id='q' from='{lost}' to='romeo@example.net/a'><error type='cancel'>\
             <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
        ))
        .await;
    romeo.expect_nothing().await;
    juliet.expect_nothing().await;
}

#[tokio::test]
async fn users_who_come_at_the_same_moment_see_each_other() {
    let world = World::clustered(2).await;
    world.befriend("romeo", "juliet").await;
    for _ in 0..3 {
        let mut romeo = world.login_at(0, "romeo@example.net/a").await;
        let mut juliet = world.login_at(1, "juliet@example.net/b").await;
        tokio::join!(romeo.send("<presence/>"), juliet.send("<presence/>"));
        for (client, other) in [(&mut romeo, "juliet@example.net/b"), (&mut juliet, "romeo@example.net/a")] {
            while client.receive().await.attr("from") != Some(other) {}
        }
        romeo.close().await;
        while juliet.receive().await.attr("type") != Some("unavailable") {}
        juliet.close().await;
        for jid in ["romeo@example.net/a", "juliet@example.net/b"] {
            world.until_known(jid, |record| record.is_none()).await;
        }
    }
}

#[tokio::test]
async fn one_of_two_simultaneous_logins_keeps_the_resource() {
    let world = World::clustered(2).await;
    let (mut one, mut other) =
        tokio::join!(world.login_at(0, "romeo@example.net/a"), world.login_at(1, "romeo@example.net/a"));
    let loser = tokio::select! {
        outbound = one.inbox.recv() => outbound,
        outbound = other.inbox.recv() => outbound,
    };
    assert!(matches!(loser, Some(Outbound::Close(error)) if error.condition == "conflict"));
    for node in &world.nodes {
        eventually("one session", || node.cluster.sessions().len() == 1).await;
    }
    assert_eq!(world.nodes.iter().filter(|node| node.service.local.len() == 1).count(), 1);
}

#[tokio::test]
async fn a_member_whose_queue_is_full_holds_up_nobody_but_the_sender() {
    let world = World::clustered(2).await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let mut juliet = world.login_at(1, "juliet@example.net/b").await;
    // The first in the order of members.
    let (wedged, _events) = world.wedged_member(0).await;
    let mut record = SessionRecord::clone(&world.nodes[0].cluster.sessions().get(&romeo.jid).unwrap().record);
    record.jid = "nurse@example.net/c".parse().unwrap();
    wedged.publish(record);
    world.until_known("nurse@example.net/c", |record| record.is_some()).await;
    world.until_known("juliet@example.net/b", |record| record.is_some()).await;

    let service = Arc::clone(&world.nodes[0].service);
    let mut recipients = Recipients::new();
    for jid in [&romeo.jid, &juliet.jid, &"nurse@example.net/c".parse().unwrap()] {
        recipients.add(service.cluster.sessions().get(jid));
    }
    let stanza = Bytes::from_static(b"<presence from='tybalt@example.net/d'/>");
    let full = Arc::clone(&service);
    let filling = tokio::spawn(async move {
        loop {
            let envelope = Envelope::Stanza { to: Vec::new(), stanza: Bytes::from_static(b"<presence/>") };
            full.cluster.send(NodeId([0; 16]), envelope).await.unwrap();
        }
    });
    eventually("a full queue", || {
        let probe =
            service.cluster.send(NodeId([0; 16]), Envelope::Stanza { to: Vec::new(), stanza: Bytes::new() });
        probe.now_or_never().is_none()
    })
    .await;
    let sending = tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.fan_out(recipients, &stanza).await }
    });
    romeo.expect("<presence from='tybalt@example.net/d' to='romeo@example.net/a'/>").await;
    juliet.expect("<presence from='tybalt@example.net/d' to='juliet@example.net/b'/>").await;
    assert!(!sending.is_finished(), "the member's queue is not full, or this test proves nothing");
    filling.abort();
    sending.abort();
}

#[tokio::test]
async fn nodes_that_join_later_show_their_users_to_each_other() {
    let world = World::strangers(2).await;
    world.befriend("romeo", "juliet").await;
    let mut romeo = world.online_at(0, "romeo@example.net/a").await;
    let mut juliet = world.online_at(1, "juliet@example.net/b").await;
    let mut twin = world.online_at(0, "nurse@example.net/n").await;
    let mut later_twin = world.online_at(1, "nurse@example.net/n").await;
    romeo.expect_nothing().await;
    world.join().await;
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    juliet.expect("<presence from='romeo@example.net/a' to='juliet@example.net/b'/>").await;
    let loser = tokio::select! {
        outbound = twin.inbox.recv() => outbound,
        outbound = later_twin.inbox.recv() => outbound,
    };
    assert!(matches!(loser, Some(Outbound::Close(error)) if error.condition == "conflict"));
    // Clustering is switched off again: to each other they are offline, once.
    world.nodes[1].cluster.disable().await;
    for (client, other) in [(&mut romeo, "juliet@example.net/b"), (&mut juliet, "romeo@example.net/a")] {
        // The second look after the initial presence may have found the other one as well.
        let end = loop {
            let presence = client.receive().await;
            assert_eq!(presence.attr("from"), Some(other));
            if presence.attr("type").is_some() {
                break presence;
            }
        };
        assert_eq!(end.attr("type"), Some("unavailable"));
        client.expect_nothing().await;
    }
}
