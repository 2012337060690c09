//! Subscriptions between accounts: asked, granted, denied, taken back, and while one side is offline.

use super::fixture::{Client, World};

async fn interested(world: &World, jid: &str) -> Client {
    let mut client = world.online(jid).await;
    client.send("<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>").await;
    client.receive().await;
    client
}

fn push(to: &str, item: &str) -> String {
    let account = to.split('/').next().unwrap();
    format!(
        "<iq type='set' id='*' from='{account}' to='{to}'><query xmlns='jabber:iq:roster'>{item}</query></iq>"
    )
}

#[tokio::test]
async fn two_users_become_contacts() {
    let world = World::single().await;
    let mut romeo = interested(&world, "romeo@example.net/a").await;
    let mut juliet = interested(&world, "juliet@example.net/b").await;
    romeo.send("<presence to='juliet@example.net/ignored' type='subscribe' id='s1'><status>hi</status></presence>").await;
    romeo
        .expect(&push(
            "romeo@example.net/a",
            "<item jid='juliet@example.net' subscription='none' ask='subscribe'/>",
        ))
        .await;
    juliet
        .expect("<presence from='romeo@example.net' to='juliet@example.net' type='subscribe' id='s1'><status>hi</status></presence>")
        .await;
    juliet.send("<presence to='romeo@example.net' type='subscribed'/>").await;
    juliet.expect(&push("juliet@example.net/b", "<item jid='romeo@example.net' subscription='from'/>")).await;
    romeo.expect("<presence from='juliet@example.net' to='romeo@example.net' type='subscribed'/>").await;
    romeo.expect(&push("romeo@example.net/a", "<item jid='juliet@example.net' subscription='to'/>")).await;
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net/a'/>").await;

    juliet.send("<presence to='romeo@example.net' type='subscribe'/>").await;
    juliet
        .expect(&push(
            "juliet@example.net/b",
            "<item jid='romeo@example.net' subscription='from' ask='subscribe'/>",
        ))
        .await;
    romeo.expect("<presence from='juliet@example.net' to='romeo@example.net' type='subscribe'/>").await;
    romeo.send("<presence to='juliet@example.net' type='subscribed'/>").await;
    romeo.expect(&push("romeo@example.net/a", "<item jid='juliet@example.net' subscription='both'/>")).await;
    juliet.expect("<presence from='romeo@example.net' to='juliet@example.net' type='subscribed'/>").await;
    juliet.expect(&push("juliet@example.net/b", "<item jid='romeo@example.net' subscription='both'/>")).await;
    juliet.expect("<presence from='romeo@example.net/a' to='juliet@example.net/b'/>").await;

    // A request that was granted before is confirmed by the server, and nobody is bothered.
    romeo.send("<presence to='juliet@example.net' type='subscribe'/>").await;
    romeo.expect_nothing().await;
    juliet.expect_nothing().await;

    // Taking it back hides the presence.
    juliet.send("<presence to='romeo@example.net' type='unsubscribed'/>").await;
    juliet.expect(&push("juliet@example.net/b", "<item jid='romeo@example.net' subscription='to'/>")).await;
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net/a' type='unavailable'/>").await;
    romeo.expect("<presence from='juliet@example.net' to='romeo@example.net' type='unsubscribed'/>").await;
    romeo.expect(&push("romeo@example.net/a", "<item jid='juliet@example.net' subscription='from'/>")).await;
    juliet.send("<presence to='romeo@example.net' type='unsubscribe'/>").await;
    juliet.expect(&push("juliet@example.net/b", "<item jid='romeo@example.net' subscription='none'/>")).await;
    romeo.expect("<presence from='juliet@example.net' to='romeo@example.net' type='unsubscribe'/>").await;
    romeo.expect(&push("romeo@example.net/a", "<item jid='juliet@example.net' subscription='none'/>")).await;
    juliet
        .expect("<presence from='romeo@example.net/a' to='juliet@example.net/b' type='unavailable'/>")
        .await;
}

#[tokio::test]
async fn a_request_waits_until_it_is_answered() {
    let world = World::single().await;
    let romeo = world.online("romeo@example.net/a").await;
    romeo
        .send("<presence to='juliet@example.net' type='subscribe' id='s'><status>hi</status></presence>")
        .await;
    let request = "<presence from='romeo@example.net' to='juliet@example.net' type='subscribe' id='s'><status>hi</status></presence>";
    for _ in 0..2 {
        // Compat: Spark 3 denies with `unsubscribe`, which leaves the request where it is.
        let mut juliet = world.online("juliet@example.net/b").await;
        juliet.expect(request).await;
        juliet.send("<presence to='romeo@example.net' type='unsubscribe'/>").await;
        juliet.expect_nothing().await;
        juliet.close().await;
    }
    let mut juliet = interested(&world, "juliet@example.net/b").await;
    // The request came before the roster.
    juliet.receive().await;
    juliet.send("<presence to='romeo@example.net' type='unsubscribed'/>").await;
    juliet.expect_nothing().await;
    juliet.close().await;
    let mut juliet = world.online("juliet@example.net/b").await;
    juliet.expect_nothing().await;
    assert!(world.store.roster("juliet").await.unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_to_somebody_offline_is_in_the_roster_later() {
    let world = World::single().await;
    let romeo = world.online("romeo@example.net/a").await;
    romeo.send("<presence to='juliet@example.net' type='subscribe'/>").await;
    romeo.close().await;
    let juliet = world.online("juliet@example.net/b").await;
    juliet.send("<presence to='romeo@example.net' type='subscribed'/>").await;
    let mut romeo = world.online("romeo@example.net/a").await;
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    romeo
        .ask(
            "<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>",
            "<iq type='result' id='g' from='romeo@example.net' to='romeo@example.net/a'><query xmlns='jabber:iq:roster'>\
             <item jid='juliet@example.net' subscription='to'/></query></iq>",
        )
        .await;
}

#[tokio::test]
async fn accounts_that_do_not_exist_are_ignored() {
    let world = World::single().await;
    let mut romeo = world.online("romeo@example.net/a").await;
    romeo.send("<presence to='nobody@example.net' type='subscribe'/>").await;
    romeo.expect_nothing().await;
    assert!(world.store.roster("nobody").await.unwrap().is_empty());
}

/// RFC 6121 §3.2.2, §3.3.3: only who was subscribed is told that the contact's resources are gone.
#[tokio::test]
async fn a_request_tells_nothing_about_the_resources_of_who_was_asked() {
    let world = World::single().await;
    let mut romeo = interested(&world, "romeo@example.net/a").await;
    let mut juliet = interested(&world, "juliet@example.net/b").await;
    let asked = "<item jid='juliet@example.net' subscription='none' ask='subscribe'/>";
    let let_go = "<item jid='juliet@example.net' subscription='none'/>";
    for is_denied in [false, true] {
        romeo.send("<presence to='juliet@example.net' type='subscribe'/>").await;
        romeo.expect(&push("romeo@example.net/a", asked)).await;
        juliet.expect("<presence from='romeo@example.net' to='juliet@example.net' type='subscribe'/>").await;
        if is_denied {
            juliet.send("<presence to='romeo@example.net' type='unsubscribed'/>").await;
            romeo
                .expect("<presence from='juliet@example.net' to='romeo@example.net' type='unsubscribed'/>")
                .await;
        } else {
            romeo.send("<presence to='juliet@example.net' type='unsubscribe'/>").await;
            juliet
                .expect("<presence from='romeo@example.net' to='juliet@example.net' type='unsubscribe'/>")
                .await;
        }
        romeo.expect(&push("romeo@example.net/a", let_go)).await;
        romeo.expect_nothing().await;
        juliet.expect_nothing().await;
    }
}
