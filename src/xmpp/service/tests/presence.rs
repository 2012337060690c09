//! Presence: broadcast, probes, directed presence, and exactly one end.

use super::fixture::World;

#[tokio::test]
async fn contacts_and_own_resources_see_each_other_come_and_go() {
    let world = World::single().await;
    world.befriend("romeo", "juliet").await;
    let mut juliet = world.login("juliet@example.net/b").await;
    juliet
        .send("<presence><show>away</show><x xmlns='vcard-temp:x:update'><photo>1</photo></x></presence>")
        .await;
    juliet.receive().await;
    let mut other = world.online("romeo@example.net/other").await;
    let away = |to: &str| {
        format!(
            "<presence from='juliet@example.net/b' to='{to}'><show>away</show>\
             <x xmlns='vcard-temp:x:update'><photo>1</photo></x></presence>"
        )
    };
    other.expect(&away("romeo@example.net/other")).await;
    juliet.expect("<presence from='romeo@example.net/other' to='juliet@example.net/b'/>").await;

    let mut romeo = world.online("romeo@example.net/a").await;
    romeo
        .expect_all(&[
            &away("romeo@example.net/a"),
            "<presence from='romeo@example.net/other' to='romeo@example.net/a'/>",
        ])
        .await;
    other.expect("<presence from='romeo@example.net/a' to='romeo@example.net/other'/>").await;
    juliet.expect("<presence from='romeo@example.net/a' to='juliet@example.net/b'/>").await;

    romeo.send("<presence type='unavailable'><status>bye</status></presence>").await;
    let bye = |to: &str| {
        format!(
            "<presence type='unavailable' from='romeo@example.net/a' to='{to}'><status>bye</status></presence>"
        )
    };
    romeo.expect(&bye("romeo@example.net/a")).await;
    juliet.expect(&bye("juliet@example.net/b")).await;
    other.expect(&bye("romeo@example.net/other")).await;
    // Unavailable but bound: nobody is told a second time when the connection ends.
    romeo.close().await;
    other.close().await;
    juliet
        .expect("<presence type='unavailable' from='romeo@example.net/other' to='juliet@example.net/b'/>")
        .await;
    juliet.expect_nothing().await;
    assert!(world.store.last_presence("romeo").await.unwrap().is_some());
    let _romeo = world.online("romeo@example.net/a").await;
    assert!(world.store.last_presence("romeo").await.unwrap().is_none());
}

#[tokio::test]
async fn one_way_subscriptions_show_one_side_only() {
    let world = World::single().await;
    world.befriend("romeo", "juliet").await;
    let contact = "juliet@example.net".parse().unwrap();
    world
        .store
        .update_roster_item("romeo", &contact, |item| {
            let mut item = item.unwrap();
            item.subscription = cobnut_model::Subscription::To;
            (Some(item), ())
        })
        .await
        .unwrap();
    let mut juliet = world.online("juliet@example.net/b").await;
    let mut romeo = world.online("romeo@example.net/a").await;
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    juliet.expect_nothing().await;
}

#[tokio::test]
async fn directed_presence_is_taken_back_once() {
    let world = World::single().await;
    world.befriend("romeo", "juliet").await;
    let mut juliet = world.online("juliet@example.net/b").await;
    let mut nurse = world.login("nurse@example.net/n").await;
    let mut tybalt = world.online("tybalt@example.net/t").await;
    let romeo = world.online("romeo@example.net/a").await;
    juliet.expect("<presence from='romeo@example.net/a' to='juliet@example.net/b'/>").await;
    for to in ["juliet@example.net", "nurse@example.net/n", "tybalt@example.net"] {
        romeo.send(&format!("<presence to='{to}' id='p'/>")).await;
    }
    juliet.expect("<presence from='romeo@example.net/a' to='juliet@example.net' id='p'/>").await;
    nurse.expect("<presence from='romeo@example.net/a' to='nurse@example.net/n' id='p'/>").await;
    tybalt.expect("<presence from='romeo@example.net/a' to='tybalt@example.net' id='p'/>").await;
    romeo.send("<presence to='tybalt@example.net' type='unavailable'/>").await;
    tybalt.expect("<presence type='unavailable' from='romeo@example.net/a' to='tybalt@example.net'/>").await;
    romeo.close().await;
    juliet
        .expect("<presence type='unavailable' from='romeo@example.net/a' to='juliet@example.net/b'/>")
        .await;
    nurse.expect("<presence type='unavailable' from='romeo@example.net/a' to='nurse@example.net/n'/>").await;
    for client in [&mut juliet, &mut nurse, &mut tybalt] {
        client.expect_nothing().await;
    }
}

#[tokio::test]
async fn probes_are_answered_for_those_who_may_see() {
    let world = World::single().await;
    world.befriend("romeo", "juliet").await;
    let mut romeo = world.login("romeo@example.net/a").await;
    romeo.send("<presence type='probe' to='juliet@example.net'/>").await;
    romeo.expect("<presence type='unavailable' from='juliet@example.net' to='romeo@example.net/a'/>").await;
    let _juliet = world.online("juliet@example.net/b").await;
    romeo.send("<presence type='probe' to='juliet@example.net'/>").await;
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    romeo.send("<presence type='probe' to='nurse@example.net'/>").await;
    romeo.expect("<presence type='unsubscribed' from='nurse@example.net' to='romeo@example.net'/>").await;
}

#[tokio::test]
async fn presence_that_makes_no_sense_is_refused() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let cases = [
        ("<presence id='p'><priority>200</priority></presence>", "example.net", "modify", "bad-request"),
        ("<presence id='p' type='invisible'/>", "example.net", "modify", "bad-request"),
        ("<presence id='p' type='subscribe'/>", "example.net", "modify", "bad-request"),
        ("<presence id='p' to='a@@b'/>", "example.net", "modify", "jid-malformed"),
        ("<presence id='p' to='a@elsewhere.org'/>", "a@elsewhere.org", "cancel", "remote-server-not-found"),
        (
            "<presence id='p' type='subscribe' to='a@elsewhere.org'/>",
            "a@elsewhere.org",
            "cancel",
            "remote-server-not-found",
        ),
        (
            "<presence id='p' type='subscribe' to='romeo@example.net'/>",
            "romeo@example.net",
            "cancel",
            "not-allowed",
        ),
    ];
    for (presence, from, kind, condition) in cases {
        let error = format!(
            "<presence from='{from}' to='romeo@example.net/a' id='p' type='error'><error type='{kind}'>\
             <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
        );
        romeo.ask(presence, &error).await;
    }
    romeo.send("<presence type='error' to='example.net'/>").await;
    romeo.expect_nothing().await;
}

#[tokio::test]
async fn a_client_that_comes_and_goes_gets_one_second_look() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    for _ in 0..20 {
        romeo.send("<presence/>").await;
        romeo.receive().await;
        romeo.send("<presence type='unavailable'/>").await;
        romeo.receive().await;
    }
    assert!(world.nodes[0].tasks.running().get("settle presence").is_none_or(|count| *count == 1));
    romeo.expect_nothing().await;
}
