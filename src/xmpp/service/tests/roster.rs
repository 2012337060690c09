//! Roster requests and pushes.

use super::fixture::World;
use cobnut_model::limits;

const GET: &str = "<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>";

fn push(to: &str, item: &str) -> String {
    format!(
        "<iq type='set' id='*' from='romeo@example.net' to='{to}'><query xmlns='jabber:iq:roster'>{item}</query></iq>"
    )
}

fn result(to: &str, id: &str, payload: &str) -> String {
    format!("<iq type='result' id='{id}' from='romeo@example.net' to='{to}'>{payload}</iq>")
}

#[tokio::test]
async fn changes_are_pushed_to_interested_resources() {
    let world = World::single().await;
    let mut a = world.login("romeo@example.net/a").await;
    let mut b = world.login("romeo@example.net/b").await;
    let mut c = world.login("romeo@example.net/c").await;
    for client in [&mut a, &mut b] {
        let jid = client.jid.to_string();
        client.ask(GET, &result(&jid, "g", "<query xmlns='jabber:iq:roster'/>")).await;
    }
    a.send(
        "<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='juliet@example.net' name='J' subscription='both'>\
         <group>Z</group><group>A</group></item></query></iq>",
    )
    .await;
    let item =
        "<item jid='juliet@example.net' name='J' subscription='none'><group>Z</group><group>A</group></item>";
    a.expect(&push("romeo@example.net/a", item)).await;
    a.expect(&result("romeo@example.net/a", "s", "")).await;
    b.expect(&push("romeo@example.net/b", item)).await;
    let roster = format!("<query xmlns='jabber:iq:roster'>{item}</query>");
    c.ask(GET, &result("romeo@example.net/c", "g", &roster)).await;

    let remove = "<item jid='juliet@example.net' subscription='remove'/>";
    let set = format!("<iq type='set' id='r'><query xmlns='jabber:iq:roster'>{remove}</query></iq>");
    c.send(&set).await;
    c.expect(&push("romeo@example.net/c", remove)).await;
    c.expect(&result("romeo@example.net/c", "r", "")).await;
    a.expect(&push("romeo@example.net/a", remove)).await;
    c.ask(
        &set,
        "<iq type='error' id='r' from='romeo@example.net' to='romeo@example.net/c'><error type='cancel'>\
         <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
    )
    .await;
}

#[tokio::test]
async fn other_rosters_and_bad_items_are_refused() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    let set = |to: &str, items: &str| {
        format!("<iq type='set' id='s' to='{to}'><query xmlns='jabber:iq:roster'>{items}</query></iq>")
    };
    let cases = [
        ("juliet@example.net", "<item jid='nurse@example.net'/>", "auth", "forbidden"),
        (
            "romeo@example.net",
            "<item jid='nurse@example.net'/><item jid='juliet@example.net'/>",
            "modify",
            "bad-request",
        ),
        ("romeo@example.net", "<item jid='nurse@example.net'><group/></item>", "modify", "not-acceptable"),
        ("romeo@example.net", "<item jid='@'/>", "modify", "jid-malformed"),
        ("romeo@example.net", "<item jid='romeo@example.net'/>", "cancel", "not-allowed"),
    ];
    for (to, items, kind, condition) in cases {
        let error = format!(
            "<iq type='error' id='s' from='{to}' to='romeo@example.net/a'><error type='{kind}'>\
             <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
        );
        romeo.ask(&set(to, items), &error).await;
    }
}

#[tokio::test]
async fn rosters_have_a_limit() {
    let world = World::single().await;
    let mut romeo = world.login("romeo@example.net/a").await;
    for number in 0..limits::ROSTER_ITEMS_MAX {
        let contact = format!("contact-{number}@example.net").parse().unwrap();
        world
            .store
            .update_roster_item("romeo", &contact, |_| {
                let item = cobnut_model::RosterItem {
                    jid: contact.clone(),
                    name: None,
                    groups: Vec::new(),
                    subscription: cobnut_model::Subscription::None,
                    ask: cobnut_model::Ask::None,
                    pending_in: None,
                    is_visible: true,
                };
                (Some(item), ())
            })
            .await
            .unwrap();
    }
    let set = |contact: &str| {
        format!(
            "<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='{contact}' name='x'/></query></iq>"
        )
    };
    let error =
        "<error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    romeo
        .ask(
            &set("juliet@example.net"),
            &format!(
                "<iq type='error' id='s' from='romeo@example.net' to='romeo@example.net/a'>{error}</iq>"
            ),
        )
        .await;
    romeo
        .ask(
            "<presence type='subscribe' to='juliet@example.net'/>",
            &format!(
                "<presence type='error' from='juliet@example.net' to='romeo@example.net/a'>{error}</presence>"
            ),
        )
        .await;
    romeo.ask(&set("contact-7@example.net"), &result("romeo@example.net/a", "s", "")).await;
}

#[tokio::test]
async fn removing_a_contact_ends_both_subscriptions() {
    let world = World::single().await;
    world.befriend("romeo", "juliet").await;
    let mut juliet = world.online("juliet@example.net/b").await;
    juliet.send(GET).await;
    juliet.receive().await;
    let mut romeo = world.online("romeo@example.net/a").await;
    romeo.expect("<presence from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    juliet.receive().await;
    romeo
        .send(
            "<iq type='set' id='r'><query xmlns='jabber:iq:roster'>\
             <item jid='juliet@example.net' subscription='remove'/></query></iq>",
        )
        .await;
    let item = |subscription: &str| {
        format!(
            "<iq type='set' id='*' from='juliet@example.net' to='juliet@example.net/b'><query xmlns='jabber:iq:roster'>\
             <item jid='romeo@example.net' subscription='{subscription}'/></query></iq>"
        )
    };
    juliet.expect("<presence type='unsubscribe' from='romeo@example.net' to='juliet@example.net'/>").await;
    juliet.expect(&item("to")).await;
    juliet
        .expect("<presence type='unavailable' from='romeo@example.net/a' to='juliet@example.net/b'/>")
        .await;
    juliet.expect("<presence type='unsubscribed' from='romeo@example.net' to='juliet@example.net'/>").await;
    juliet.expect(&item("none")).await;
    romeo.expect("<presence type='unavailable' from='juliet@example.net/b' to='romeo@example.net/a'/>").await;
    romeo.expect(&result("romeo@example.net/a", "r", "")).await;
}

#[tokio::test]
async fn a_roster_that_the_client_has_is_not_sent_again() {
    let world = World::clustered(2).await;
    world.befriend("romeo", "juliet").await;
    let get = |version: &str| {
        format!("<iq type='get' id='g'><query xmlns='jabber:iq:roster' ver='{version}'/></iq>")
    };
    let mut romeo = world.login_at(0, "romeo@example.net/a").await;
    romeo.send(&get("")).await;
    let whole = romeo.receive().await;
    let query = whole.get_child("query", "jabber:iq:roster").unwrap();
    assert_eq!(query.children().count(), 1);
    let version = query.attr("ver").unwrap().to_owned();
    // Each member works out the same version.
    let mut elsewhere = world.login_at(1, "romeo@example.net/b").await;
    elsewhere.ask(&get(&version), &result("romeo@example.net/b", "g", "")).await;
    // A change is told with the version that it makes.
    romeo
        .send(
            "<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='nurse@example.net' name='N'/></query></iq>",
        )
        .await;
    let push = elsewhere.receive().await;
    let new = push.get_child("query", "jabber:iq:roster").unwrap().attr("ver").unwrap().to_owned();
    assert_ne!(new, version);
    elsewhere.ask(&get(&new), &result("romeo@example.net/b", "g", "")).await;
    elsewhere.send(&get(&version)).await;
    let again = elsewhere.receive().await;
    let query = again.get_child("query", "jabber:iq:roster").unwrap();
    assert_eq!((query.attr("ver"), query.children().count()), (Some(new.as_str()), 2));
}
