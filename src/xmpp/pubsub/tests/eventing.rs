//! Personal eventing (XEP-0163).

use super::*;
use crate::service::tests::fixture::eventually;

#[tokio::test]
async fn contacts_who_want_to_know_are_told_on_every_member() {
    let world = World::clustered(2).await;
    world.befriend("romeo", "juliet").await;
    let mut romeo = world.online_at(0, ROMEO).await;
    let mut juliet = online_with_interest(&world, 1, JULIET).await;
    let mut nurse = online_with_interest(&world, 1, NURSE).await;
    romeo.expect(&format!("<presence from='{JULIET}' to='{ROMEO}'>{C}</presence>")).await;
    for (node, is_wanted) in [("other", false), (MOOD, true)] {
        ask(&mut romeo, "set", "", &publish(node, "1", &mood("happy")), &published(node, "1")).await;
        if is_wanted {
            let told = items(node, "1", &mood("happy"));
            juliet.expect(&event("romeo@example.net", JULIET, &told, false)).await;
        }
    }
    juliet.expect_nothing().await;
    nurse.expect_nothing().await;
}

#[tokio::test]
async fn who_comes_later_is_told_the_newest_item_once() {
    let world = World::clustered(2).await;
    world.befriend("romeo", "juliet").await;
    let mut romeo = world.login(ROMEO).await;
    for (id, kind) in [("1", "sad"), ("2", "happy")] {
        ask(&mut romeo, "set", "", &publish(MOOD, id, &mood(kind)), &published(MOOD, id)).await;
    }
    let mut juliet = online_with_interest(&world, 1, JULIET).await;
    let newest = event("romeo@example.net", JULIET, &items(MOOD, "2", &mood("happy")), true);
    juliet.expect(&newest).await;
    // The same capabilities again are no news.
    juliet.send(&format!("<presence><show>away</show>{C}</presence>")).await;
    juliet.receive().await;
    juliet.expect_nothing().await;
    // Who was away is told again.
    juliet.send("<presence type='unavailable'/>").await;
    juliet.receive().await;
    come_online(&mut juliet).await;
    juliet.expect(&newest).await;
    juliet.expect_nothing().await;
}

#[tokio::test]
async fn an_account_keeps_its_nodes_from_those_who_do_not_see_it() {
    let world = World::single().await;
    world.befriend("romeo", "juliet").await;
    let (mut romeo, mut juliet) = (world.login(ROMEO).await, world.login(JULIET).await);
    let mut nurse = world.login(NURSE).await;
    ask(&mut romeo, "set", "", &publish(MOOD, "1", &mood("happy")), &published(MOOD, "1")).await;
    let get = pubsub(&format!("<items node='{MOOD}'/>"));
    let got = pubsub(&format!(
        "<items node='{MOOD}'><item id='1' publisher='{ROMEO}'>{}</item></items>",
        mood("happy")
    ));
    ask(&mut juliet, "get", "romeo@example.net", &get, &got).await;
    let stranger = ["auth", "not-authorized", "presence-subscription-required"];
    refused(&mut nurse, "get", "romeo@example.net", &get, stranger).await;
    let subscribe = pubsub(&format!("<subscribe node='{MOOD}' jid='nurse@example.net'/>"));
    refused(&mut nurse, "set", "romeo@example.net", &subscribe, stranger).await;
    // Nobody publishes in somebody else's name, or makes nodes there.
    let forbidden = ["auth", "forbidden", ""];
    refused(&mut juliet, "set", "romeo@example.net", &publish(MOOD, "2", &mood("sad")), forbidden).await;
    refused(&mut juliet, "set", "romeo@example.net", &pubsub("<create node='x'/>"), forbidden).await;
    let unknown = ["cancel", "item-not-found", ""];
    refused(&mut juliet, "set", "romeo@example.net", &publish("new", "2", &mood("sad")), unknown).await;
    refused(&mut juliet, "get", "romeo@example.net", &pubsub("<items node='x'/>"), unknown).await;
    // A node for everybody is open to everybody.
    let open = owner(&format!(
        "<configure node='{MOOD}'><x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE'><value>{PUBSUB}#node_config</value></field>\
         <field var='pubsub#access_model'><value>open</value></field></x></configure>"
    ));
    ask(&mut romeo, "set", "", &open, "").await;
    ask(&mut nurse, "get", "romeo@example.net", &get, &got).await;
}

#[tokio::test]
async fn publishers_say_what_the_node_has_to_be() {
    let world = World::single().await;
    let mut romeo = world.login(ROMEO).await;
    let with = |access: &str| {
        pubsub(&format!(
            "<publish node='n'><item id='current'><a xmlns='b'/></item></publish><publish-options>\
             <x xmlns='jabber:x:data' type='submit'>\
             <field var='FORM_TYPE'><value>{PUBSUB}#publish-options</value></field>\
             <field var='pubsub#access_model'><value>{access}</value></field></x></publish-options>"
        ))
    };
    ask(&mut romeo, "set", "", &with("whitelist"), &published("n", "current")).await;
    ask(&mut romeo, "set", "", &with("whitelist"), &published("n", "current")).await;
    refused(&mut romeo, "set", "", &with("open"), ["cancel", "conflict", "precondition-not-met"]).await;
}

#[tokio::test]
async fn items_are_taken_back_and_nodes_end() {
    let world = World::single().await;
    let mut romeo = online_with_interest(&world, 0, ROMEO).await;
    romeo.send(&request("set", "", &publish(MOOD, "1", &mood("happy")))).await;
    let own = |inner: &str| event("romeo@example.net", ROMEO, inner, false);
    romeo.expect(&own(&items(MOOD, "1", &mood("happy")))).await;
    let result = "<iq type='result' id='q' from='romeo@example.net' to='romeo@example.net/a'/>";
    romeo.receive().await;
    romeo
        .send(&request("set", "", &pubsub(&format!("<retract node='{MOOD}'><item id='1'/></retract>"))))
        .await;
    romeo.expect(&own(&format!("<items node='{MOOD}'><retract id='1'/></items>"))).await;
    romeo.expect(result).await;
    let again = pubsub(&format!("<retract node='{MOOD}'><item id='1'/></retract>"));
    refused(&mut romeo, "set", "", &again, ["cancel", "item-not-found", ""]).await;
    romeo.send(&request("set", "", &owner(&format!("<delete node='{MOOD}'/>")))).await;
    romeo.expect(&own(&format!("<delete node='{MOOD}'/>"))).await;
    romeo.expect(result).await;
    refused(
        &mut romeo,
        "get",
        "",
        &pubsub(&format!("<items node='{MOOD}'/>")),
        ["cancel", "item-not-found", ""],
    )
    .await;
}

#[tokio::test]
async fn a_blocked_contact_is_told_nothing() {
    let world = World::single().await;
    world.befriend("romeo", "juliet").await;
    let mut romeo = world.login(ROMEO).await;
    let block = "<block xmlns='urn:xmpp:blocking'><item jid='juliet@example.net'/></block>";
    ask(&mut romeo, "set", "", block, "").await;
    ask(&mut romeo, "set", "", &publish(MOOD, "1", &mood("happy")), &published(MOOD, "1")).await;
    let mut juliet = online_with_interest(&world, 0, JULIET).await;
    juliet.expect_nothing().await;
    ask(&mut romeo, "set", "", &publish(MOOD, "2", &mood("sad")), &published(MOOD, "2")).await;
    juliet.expect_nothing().await;
    let get = pubsub(&format!("<items node='{MOOD}'/>"));
    refused(&mut juliet, "get", "romeo@example.net", &get, ["cancel", "service-unavailable", ""]).await;
}

#[tokio::test]
async fn a_deleted_account_leaves_no_nodes() {
    let world = World::single().await;
    world.execute("INSERT INTO ofProperty (name, propValue) VALUES ('xmpp.domain', 'example.net')").await;
    let mut romeo = world.login(ROMEO).await;
    ask(&mut romeo, "set", "", &publish(MOOD, "1", &mood("happy")), &published(MOOD, "1")).await;
    assert!(romeo.service.delete_account("romeo").await.unwrap());
    assert_eq!(world.store.count_pubsub_nodes("romeo@example.net").await.unwrap(), 0);
    eventually("session gone", || world.nodes[0].service.local.len() == 0).await;
}
