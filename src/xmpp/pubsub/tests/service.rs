//! The service of the domain (XEP-0060).

use super::*;

const SERVICE: &str = "pubsub.example.net";

fn form(fields: &[(&str, &str)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(var, value)| format!("<field var='{var}'><value>{value}</value></field>"))
        .collect();
    format!(
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{PUBSUB}#node_config</value></field>{}</x>",
        fields.concat()
    )
}

async fn make(client: &mut Client, node: &str, fields: &[(&str, &str)]) {
    let create = pubsub(&format!("<create node='{node}'/><configure>{}</configure>", form(fields)));
    ask(client, "set", SERVICE, &create, &pubsub(&format!("<create node='{node}'/>"))).await;
}

fn subscription(node: &str, jid: &str, state: &str) -> String {
    pubsub(&format!("<subscription node='{node}' jid='{jid}' subid='*' subscription='{state}'/>"))
}

#[tokio::test]
async fn subscribers_on_all_members_are_told() {
    let world = World::clustered(2).await;
    let mut romeo = world.online_at(0, ROMEO).await;
    let mut juliet = world.online_at(1, JULIET).await;
    make(&mut romeo, "news", &[("pubsub#persist_items", "1"), ("pubsub#max_items", "2")]).await;
    let subscribe = pubsub("<subscribe node='news' jid='juliet@example.net'/>");
    let subscribed = subscription("news", "juliet@example.net", "subscribed");
    ask(&mut juliet, "set", SERVICE, &subscribe, &subscribed).await;
    for id in ["1", "2", "3"] {
        ask(&mut romeo, "set", SERVICE, &publish("news", id, "<a xmlns='b'/>"), &published("news", id)).await;
        juliet.expect(&event(SERVICE, JULIET, &items("news", id, "<a xmlns='b'/>"), false)).await;
    }
    let item = |id: &str| format!("<item id='{id}' publisher='{ROMEO}'><a xmlns='b'/></item>");
    let all = pubsub(&format!("<items node='news'>{}{}</items>", item("2"), item("3")));
    ask(&mut juliet, "get", SERVICE, &pubsub("<items node='news'/>"), &all).await;
    let newest = pubsub(&format!("<items node='news'>{}</items>", item("3")));
    ask(&mut juliet, "get", SERVICE, &pubsub("<items node='news' max_items='1'/>"), &newest).await;
    let named = pubsub(&format!("<items node='news'>{}</items>", item("2")));
    ask(&mut juliet, "get", SERVICE, &pubsub("<items node='news'><item id='2'/></items>"), &named).await;
    // A new subscriber is told of the newest item.
    let resource = pubsub(&format!("<subscribe node='news' jid='{ROMEO}'/>"));
    romeo.send(&request("set", SERVICE, &resource)).await;
    romeo.expect(&event(SERVICE, ROMEO, &items("news", "3", "<a xmlns='b'/>"), true)).await;
    romeo.receive().await;
    let list = pubsub(&format!("<subscriptions>{}</subscriptions>", subscription_of_romeo()));
    ask(&mut romeo, "get", SERVICE, &pubsub("<subscriptions/>"), &list).await;
    let unsubscribe = pubsub("<unsubscribe node='news' jid='juliet@example.net'/>");
    ask(&mut juliet, "set", SERVICE, &unsubscribe, "").await;
    refused(&mut juliet, "set", SERVICE, &unsubscribe, ["cancel", "unexpected-request", "not-subscribed"])
        .await;
    romeo.send(&request("set", SERVICE, &owner("<purge node='news'/>"))).await;
    romeo.expect(&event(SERVICE, ROMEO, "<purge node='news'/>", false)).await;
    romeo.receive().await;
    let none = pubsub("<items node='news'/>");
    ask(&mut juliet, "get", SERVICE, &none, &none).await;
}

fn subscription_of_romeo() -> String {
    format!("<subscription node='news' jid='{ROMEO}' subid='*' subscription='subscribed'/>")
}

#[tokio::test]
async fn owners_let_people_in_one_by_one() {
    let world = World::single().await;
    let (mut romeo, mut juliet) = (world.online(ROMEO).await, world.online(JULIET).await);
    make(&mut romeo, "club", &[("pubsub#access_model", "authorize"), ("pubsub#persist_items", "1")]).await;
    let subscribe = pubsub("<subscribe node='club' jid='juliet@example.net'/>");
    let pending = subscription("club", "juliet@example.net", "pending");
    ask(&mut juliet, "set", SERVICE, &subscribe, &pending).await;
    let get = pubsub("<items node='club'/>");
    refused(&mut juliet, "get", SERVICE, &get, ["auth", "not-authorized", "not-subscribed"]).await;
    let list = |state: &str, subid: &str| {
        owner(&format!(
            "<subscriptions node='club'><subscription jid='juliet@example.net'{subid} subscription='{state}'/></subscriptions>"
        ))
    };
    ask(&mut romeo, "get", SERVICE, &owner("<subscriptions node='club'/>"), &list("pending", " subid='*'"))
        .await;
    refused(&mut juliet, "set", SERVICE, &list("subscribed", ""), ["auth", "forbidden", ""]).await;
    ask(&mut romeo, "set", SERVICE, &list("subscribed", ""), "").await;
    ask(&mut juliet, "get", SERVICE, &get, &get).await;
    ask(&mut romeo, "set", SERVICE, &publish("club", "1", "<a xmlns='b'/>"), &published("club", "1")).await;
    juliet.expect(&event(SERVICE, JULIET, &items("club", "1", "<a xmlns='b'/>"), false)).await;
    ask(&mut romeo, "set", SERVICE, &list("none", ""), "").await;
    refused(&mut juliet, "get", SERVICE, &get, ["auth", "not-authorized", "not-subscribed"]).await;
}

#[tokio::test]
async fn a_node_has_an_owner_as_long_as_it_lives() {
    let world = World::single().await;
    let (mut romeo, mut juliet) = (world.login(ROMEO).await, world.login(JULIET).await);
    make(&mut romeo, "n", &[]).await;
    refused(&mut juliet, "set", SERVICE, &pubsub("<create node='n'/>"), ["cancel", "conflict", ""]).await;
    refused(&mut juliet, "set", SERVICE, &owner("<delete node='n'/>"), ["auth", "forbidden", ""]).await;
    let affiliate = |jid: &str, what: &str| {
        owner(&format!(
            "<affiliations node='n'><affiliation jid='{jid}' affiliation='{what}'/></affiliations>"
        ))
    };
    let last = ["modify", "not-acceptable", ""];
    refused(&mut romeo, "set", SERVICE, &affiliate("romeo@example.net", "none"), last).await;
    ask(&mut romeo, "set", SERVICE, &affiliate("juliet@example.net", "owner"), "").await;
    ask(&mut juliet, "set", SERVICE, &affiliate("romeo@example.net", "outcast"), "").await;
    let both = owner(
        "<affiliations node='n'><affiliation jid='juliet@example.net' affiliation='owner'/>\
         <affiliation jid='romeo@example.net' affiliation='outcast'/></affiliations>",
    );
    ask(&mut juliet, "get", SERVICE, &owner("<affiliations node='n'/>"), &both).await;
    let mine = pubsub("<affiliations><affiliation node='n' affiliation='owner'/></affiliations>");
    ask(&mut juliet, "get", SERVICE, &pubsub("<affiliations/>"), &mine).await;
    let subscribe = pubsub("<subscribe node='n' jid='romeo@example.net'/>");
    refused(&mut romeo, "set", SERVICE, &subscribe, ["auth", "forbidden", ""]).await;
    ask(&mut juliet, "set", SERVICE, &owner("<delete node='n'/>"), "").await;
    refused(
        &mut juliet,
        "get",
        SERVICE,
        &owner("<affiliations node='n'/>"),
        ["cancel", "item-not-found", ""],
    )
    .await;
}

#[tokio::test]
async fn nobody_is_subscribed_by_somebody_else() {
    let world = World::single().await;
    let (mut romeo, mut juliet) = (world.login(ROMEO).await, world.login(JULIET).await);
    make(&mut romeo, "n", &[]).await;
    let other = pubsub("<subscribe node='n' jid='romeo@example.net'/>");
    refused(&mut juliet, "set", SERVICE, &other, ["modify", "bad-request", "invalid-jid"]).await;
    let other = pubsub("<unsubscribe node='n' jid='romeo@example.net'/>");
    refused(&mut juliet, "set", SERVICE, &other, ["auth", "forbidden", ""]).await;
}

#[tokio::test]
async fn who_has_no_account_makes_no_nodes() {
    let world = World::single().await;
    let mut nobody = world.anonymous_at(0, "0123456789abcdef@example.net/a").await;
    let denied = ["cancel", "not-allowed", ""];
    refused(&mut nobody, "set", SERVICE, &pubsub("<create node='n'/>"), denied).await;
    refused(&mut nobody, "set", "", &publish(MOOD, "1", &mood("happy")), denied).await;
}

#[tokio::test]
async fn the_service_and_its_nodes_are_discovered() {
    let world = World::single().await;
    let mut romeo = world.login(ROMEO).await;
    make(&mut romeo, "news", &[("pubsub#title", "What is new"), ("pubsub#persist_items", "1")]).await;
    ask(&mut romeo, "set", SERVICE, &publish("news", "1", "<a xmlns='b'/>"), &published("news", "1")).await;
    let items = |attrs: &str, inner: &str| {
        format!("<query xmlns='http://jabber.org/protocol/disco#items'{attrs}>{inner}</query>")
    };
    let nodes = items("", "<item jid='pubsub.example.net' node='news' name='What is new'/>");
    ask(&mut romeo, "get", SERVICE, &items("", ""), &nodes).await;
    let held = items(" node='news'", "<item jid='pubsub.example.net' name='1'/>");
    ask(&mut romeo, "get", SERVICE, &items(" node='news'", ""), &held).await;
    let info = "http://jabber.org/protocol/disco#info";
    for (to, kind) in [(SERVICE, "service"), ("romeo@example.net", "pep")] {
        romeo.send(&request("get", to, &format!("<query xmlns='{info}'/>"))).await;
        let answer = romeo.receive().await;
        let query = answer.get_child("query", info).unwrap();
        let is_kind = |child: &&minidom::Element| {
            child.attr("category") == Some("pubsub") && child.attr("type") == Some(kind)
        };
        assert!(query.children().any(|child| is_kind(&child)), "{to}");
        for feature in [PUBSUB, &format!("{PUBSUB}#publish")] {
            assert!(query.children().any(|child| child.attr("var") == Some(feature)), "{to} {feature}");
        }
    }
    romeo.send(&request("get", SERVICE, &format!("<query xmlns='{info}' node='news'/>"))).await;
    let answer = romeo.receive().await;
    let identity = answer.get_child("query", info).unwrap().get_child("identity", info).unwrap();
    assert_eq!((identity.attr("type"), identity.attr("name")), (Some("leaf"), Some("What is new")));
}
