//! Publish-subscribe nodes, their items and their people.

use cobnut_model::UnixMillis;
use cobnut_store::{
    AddNode, PubsubAffiliation, PubsubItem, PubsubNode, PubsubRoot, PubsubSubscription, Store,
};

use crate::fixture::{Database, number};

const SERVICE: &str = "bob@example.org";

fn node(name: &str) -> PubsubNode {
    PubsubNode {
        service: SERVICE.to_owned(),
        node: name.to_owned(),
        created_at: UnixMillis(1000),
        modified_at: UnixMillis(2000),
        creator: SERVICE.to_owned(),
        title: "Mood 李".to_owned(),
        description: String::new(),
        payload_type: "http://jabber.org/protocol/mood".to_owned(),
        access_model: "presence".to_owned(),
        publisher_model: "publishers".to_owned(),
        roster_groups: Vec::new(),
        delivers_payloads: true,
        persists_items: true,
        items_max: 1,
        payload_bytes_max: 5120,
        notifies_config: true,
        notifies_delete: false,
        notifies_retract: true,
        sends_last_item: true,
        is_presence_based: false,
    }
}

fn root() -> PubsubRoot {
    PubsubRoot { node: SERVICE.to_owned(), owner: SERVICE.to_owned(), access_model: "presence".to_owned() }
}

fn item(id: &str, at: u64) -> PubsubItem {
    PubsubItem {
        id: id.to_owned(),
        publisher: "bob@example.org/Spark".to_owned(),
        published_at: UnixMillis(at),
        payload: Some(format!("<mood xmlns='m'>{id} 🦀</mood>")),
    }
}

async fn ids(store: &Store, node: &str) -> Vec<String> {
    let items = store.pubsub_items(SERVICE, node, 100).await.expect("items");
    items.into_iter().map(|item| item.id).collect()
}

pub(crate) async fn nodes_are_made_changed_and_removed(store: Store) {
    assert!(store.has_pubsub());
    assert_eq!(store.pubsub_node(SERVICE, "mood").await.expect("node"), None);
    assert_eq!(store.add_pubsub_node(&node("mood"), &root()).await.expect("add"), AddNode::Added);
    assert_eq!(store.add_pubsub_node(&node("mood"), &root()).await.expect("add"), AddNode::Exists);
    let mut tune = node("tune");
    "roster".clone_into(&mut tune.access_model);
    tune.roster_groups = vec!["Friends".to_owned(), "Work".to_owned()];
    assert_eq!(store.add_pubsub_node(&tune, &root()).await.expect("add"), AddNode::Added);
    assert_eq!(store.pubsub_node(SERVICE, "mood").await.expect("node"), Some(node("mood")));
    assert_eq!(store.pubsub_nodes(SERVICE).await.expect("nodes"), [node("mood"), tune.clone()]);
    assert!(store.pubsub_nodes("eve@example.org").await.expect("nodes").is_empty());

    tune.title = String::new();
    tune.roster_groups = vec!["Family".to_owned()];
    tune.items_max = 50;
    tune.notifies_delete = true;
    tune.modified_at = UnixMillis(3000);
    for _ in 0..2 {
        assert!(store.update_pubsub_node(&tune).await.expect("update"));
    }
    assert_eq!(store.pubsub_node(SERVICE, "tune").await.expect("node"), Some(tune));
    assert!(!store.update_pubsub_node(&node("nothing")).await.expect("update"));

    assert!(store.publish_item(SERVICE, "tune", &item("a", 1), 1).await.expect("publish"));
    assert!(store.delete_pubsub_node(SERVICE, "tune").await.expect("delete"));
    assert!(!store.delete_pubsub_node(SERVICE, "tune").await.expect("delete"));
    assert!(ids(&store, "tune").await.is_empty());
    assert!(store.pubsub_affiliations(SERVICE, "tune").await.expect("people").is_empty());
    assert_eq!(store.pubsub_nodes(SERVICE).await.expect("nodes").len(), 1);
}

pub(crate) async fn a_service_has_one_root_however_many_nodes_are_made_at_once(database: Database) {
    let store = database.open().await;
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                store.add_pubsub_node(&node(&format!("n{}", number % 4)), &root()).await.expect("add")
            })
        })
        .collect();
    let mut added = 0;
    for task in tasks {
        added += usize::from(task.await.expect("task") == AddNode::Added);
    }
    assert_eq!(added, 4);
    store.close().await;
    let roots = "SELECT COUNT(*) FROM ofPubsubNode WHERE leaf = 0 AND nodeID = serviceID";
    assert_eq!(number(&database.url, roots).await, 1);
    assert_eq!(
        number(&database.url, "SELECT COUNT(*) FROM ofPubsubAffiliation WHERE affiliation = 'owner'").await,
        5
    );
}

pub(crate) async fn items_are_published_and_the_oldest_go(store: Store) {
    assert!(!store.publish_item(SERVICE, "mood", &item("a", 1), 1).await.expect("publish"), "no node");
    store.add_pubsub_node(&node("mood"), &root()).await.expect("add");
    for (id, at, keep, left) in [
        ("a", 1, 3, vec!["a"]),
        ("b", 2, 3, vec!["b", "a"]),
        ("c", 3, 3, vec!["c", "b", "a"]),
        ("d", 4, 3, vec!["d", "c", "b"]),
        ("c", 5, 3, vec!["c", "d", "b"]),
        ("e", 5, 2, vec!["e", "c"]),
        // Another member's clock is behind: what was just published stays all the same.
        ("f", 1, 1, vec!["f"]),
    ] {
        assert!(store.publish_item(SERVICE, "mood", &item(id, at), keep).await.expect("publish"));
        assert_eq!(ids(&store, "mood").await, left, "{id}");
    }
    assert_eq!(store.pubsub_item(SERVICE, "mood", "f").await.expect("item"), Some(item("f", 1)));
    assert_eq!(store.pubsub_item(SERVICE, "mood", "a").await.expect("item"), None);
    assert!(store.retract_item(SERVICE, "mood", "f").await.expect("retract"));
    assert!(!store.retract_item(SERVICE, "mood", "f").await.expect("retract"));
    store.publish_item(SERVICE, "mood", &item("g", 1), 1).await.expect("publish");
    store.purge_items(SERVICE, "mood").await.expect("purge");
    assert!(ids(&store, "mood").await.is_empty());
}

pub(crate) async fn people_become_something_to_a_node_and_are_told(store: Store) {
    store.add_pubsub_node(&node("mood"), &root()).await.expect("add");
    let affiliation = |jid: &str, affiliation: &str| PubsubAffiliation {
        jid: jid.to_owned(),
        affiliation: affiliation.to_owned(),
    };
    for what in ["publisher", "outcast"] {
        store.set_pubsub_affiliation(SERVICE, "mood", "eve@example.org", Some(what)).await.expect("set");
        let people = store.pubsub_affiliations(SERVICE, "mood").await.expect("people");
        assert_eq!(people, [affiliation(SERVICE, "owner"), affiliation("eve@example.org", what)]);
    }
    store.set_pubsub_affiliation(SERVICE, "mood", "eve@example.org", None).await.expect("set");
    assert_eq!(store.pubsub_affiliations(SERVICE, "mood").await.expect("people").len(), 1);

    let subscription = |id: &str, jid: &str| PubsubSubscription {
        node: "mood".to_owned(),
        id: id.to_owned(),
        jid: jid.to_owned(),
        owner: "eve@example.org".to_owned(),
        state: "subscribed".to_owned(),
    };
    let (bare, full) = (subscription("1", "eve@example.org"), subscription("2", "eve@example.org/Spark"));
    store.subscribe_to_node(SERVICE, &subscription("0", "eve@example.org")).await.expect("subscribe");
    for each in [&full, &bare] {
        store.subscribe_to_node(SERVICE, each).await.expect("subscribe");
    }
    let both = [bare, full.clone()];
    assert_eq!(store.pubsub_subscriptions(SERVICE, "mood").await.expect("subscriptions"), both);
    assert_eq!(store.pubsub_subscriptions_of(SERVICE, "eve@example.org").await.expect("subscriptions"), both);
    assert!(store.unsubscribe_from_node(SERVICE, "mood", "eve@example.org").await.expect("unsubscribe"));
    assert!(!store.unsubscribe_from_node(SERVICE, "mood", "eve@example.org").await.expect("unsubscribe"));
    assert_eq!(store.pubsub_subscriptions(SERVICE, "mood").await.expect("subscriptions"), [full]);
}

pub(crate) async fn the_newest_items_of_many_accounts_come_at_once(store: Store) {
    let homes: Vec<String> = (0..100).map(|number| format!("user{number}@example.org")).collect();
    for home in [&homes[3], &homes[77]] {
        for (name, sends_last_item) in [("mood", true), ("tune", true), ("quiet", false)] {
            let node = PubsubNode { service: home.clone(), sends_last_item, ..node(name) };
            let root = PubsubRoot { node: home.clone(), owner: home.clone(), ..root() };
            assert_eq!(store.add_pubsub_node(&node, &root).await.expect("add"), AddNode::Added);
            // The last two are of the same millisecond.
            for (id, at) in [("a", 1), ("c", 2), ("b", 2)] {
                assert!(store.publish_item(home, name, &item(id, at), 9).await.expect("publish"));
            }
        }
    }
    let nodes: Vec<String> =
        (0..20).map(|number| format!("node{number}")).chain(["mood", "quiet"].map(str::to_owned)).collect();
    let found = store.last_pubsub_items(&homes, &nodes).await.expect("last items");
    let told: Vec<_> = found
        .iter()
        .map(|last| {
            (last.service.as_str(), last.node.as_str(), last.access_model.as_str(), last.item.id.as_str())
        })
        .collect();
    let of = |home: &str| format!("{home}@example.org");
    assert_eq!(
        told,
        [(of("user3").as_str(), "mood", "presence", "c"), (&of("user77"), "mood", "presence", "c")]
    );
    assert!(found.iter().all(|last| last.delivers_payloads && last.item == item("c", 2)));
    assert!(store.last_pubsub_items(&homes[..2], &nodes).await.expect("last items").is_empty());
    assert!(store.last_pubsub_items(&homes, &[]).await.expect("last items").is_empty());
    assert_eq!(store.count_pubsub_nodes(&homes[3]).await.expect("count"), 3);
    let owned = store.pubsub_affiliations_of(&homes[3], SERVICE).await.expect("affiliations");
    assert!(owned.iter().any(|(node, what)| node == "mood" && what == "owner"), "{owned:?}");
}
