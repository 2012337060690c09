//! Rosters.

use cobnut_model::{Ask, RosterItem, Subscription};
use cobnut_store::Store;

use crate::fixture::{create, jid};

pub(crate) fn item(contact: &str) -> RosterItem {
    RosterItem {
        jid: jid(contact),
        name: None,
        groups: Vec::new(),
        subscription: Subscription::None,
        ask: Ask::None,
        pending_in: None,
        is_visible: true,
    }
}

pub(crate) async fn an_item_survives(store: Store) {
    create(&store, "bob").await;
    let contact = jid("eve@example.org");
    assert_eq!(store.roster_item("bob", &contact).await.expect("item"), None);
    let mut full = item("eve@example.org");
    full.name = Some("Eve 李".to_owned());
    full.groups = vec!["Z first".to_owned(), "A second".to_owned()];
    full.subscription = Subscription::To;
    full.pending_in = Some("<presence type='subscribe'/>".to_owned());
    let mut changed = full.clone();
    changed.groups.remove(0);
    changed.pending_in = None;
    changed.ask = Ask::Subscribe;
    changed.name = None;
    let hidden = RosterItem { pending_in: Some(String::new()), is_visible: false, ..item("eve@example.org") };
    let marked = RosterItem { is_visible: true, ..hidden.clone() };
    for want in [full, changed, hidden, marked] {
        let before = store
            .update_roster_item("bob", &contact, |before| (Some(want.clone()), before))
            .await
            .expect("update");
        assert_ne!(before.as_ref(), Some(&want));
        assert_eq!(store.roster_item("bob", &contact).await.expect("item"), Some(want.clone()));
        assert_eq!(store.roster("bob").await.expect("roster"), [want]);
    }
    assert!(store.roster("eve").await.expect("roster").is_empty());
}

pub(crate) async fn concurrent_changes_lose_nothing(store: Store) {
    create(&store, "bob").await;
    let tasks: Vec<_> = (0..24)
        .map(|number| {
            let store = store.clone();
            let contact = jid(if number % 2 == 0 { "eve@example.org" } else { "mallory@example.org" });
            tokio::spawn(async move {
                let change = |before: Option<RosterItem>| {
                    let mut next = before.unwrap_or_else(|| item(contact.as_str()));
                    next.groups.push(format!("group {number}"));
                    (Some(next), ())
                };
                store.update_roster_item("bob", &contact, change).await.expect("update");
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("task");
    }
    let roster = store.roster("bob").await.expect("roster");
    assert_eq!(roster.len(), 2);
    for item in roster {
        let mut groups = item.groups.clone();
        groups.sort();
        groups.dedup();
        assert_eq!(groups.len(), 12, "{:?}", item.groups);
    }
}

pub(crate) async fn an_item_is_removed(store: Store) {
    create(&store, "bob").await;
    let contact = jid("eve@example.org");
    let grouped = RosterItem { groups: vec!["Friends".to_owned()], ..item("eve@example.org") };
    store.update_roster_item("bob", &contact, |_| (Some(grouped.clone()), ())).await.expect("add");
    let was_there =
        store.update_roster_item("bob", &contact, |before| (None, before.is_some())).await.expect("remove");
    assert!(was_there);
    assert!(store.roster("bob").await.expect("roster").is_empty());
    let was_there =
        store.update_roster_item("bob", &contact, |before| (None, before.is_some())).await.expect("remove");
    assert!(!was_there);
    // An invisible item without a request says nothing and is not kept.
    let empty = RosterItem { is_visible: false, ..item("eve@example.org") };
    store.update_roster_item("bob", &contact, |_| (Some(empty.clone()), ())).await.expect("add");
    assert!(store.roster("bob").await.expect("roster").is_empty());
}
