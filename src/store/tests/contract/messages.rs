//! Offline messages, vCards, private storage, last presence.

use std::sync::Mutex;

use cobnut_model::UnixMillis;
use cobnut_store::{AddOffline, LastPresence, OfflineMessage, Store};

use crate::fixture::create;

pub(crate) async fn offline_messages_come_back_in_order(store: Store) {
    create(&store, "bob").await;
    for (stanza, at) in [("<b/>", 2000), ("<a/>", 1000), ("<c>李 🦀</c>", 2000)] {
        let outcome = store.add_offline("bob", stanza, UnixMillis(at), 1000).await.expect("add");
        assert_eq!(outcome, AddOffline::Stored);
    }
    assert_eq!(store.accounts_with_offline().await.expect("accounts"), ["bob"]);
    let messages = store.offline("bob").await.expect("offline");
    let found: Vec<(&str, u64)> = messages.iter().map(|m| (m.stanza.as_str(), m.stored_at.0)).collect();
    assert_eq!(found, [("<a/>", 1000), ("<b/>", 2000), ("<c>李 🦀</c>", 2000)]);
    assert!(store.offline("eve").await.expect("offline").is_empty());
    for (before, deleted) in [(1000, 0), (2000, 1), (2000, 0), (2001, 2)] {
        let done = store.delete_offline_before(UnixMillis(before)).await.expect("delete");
        assert_eq!(done, deleted, "before {before}");
    }
    assert!(store.offline("bob").await.expect("offline").is_empty());
}

pub(crate) async fn the_quota_holds_for_concurrent_senders(store: Store) {
    create(&store, "bob").await;
    let stanza = "x".repeat(100);
    let tasks: Vec<_> = (0..20)
        .map(|at| {
            let (store, stanza) = (store.clone(), stanza.clone());
            tokio::spawn(
                async move { store.add_offline("bob", &stanza, UnixMillis(at), 550).await.expect("add") },
            )
        })
        .collect();
    let mut stored = 0;
    for task in tasks {
        stored += usize::from(task.await.expect("task") == AddOffline::Stored);
    }
    assert_eq!(stored, 5);
    assert_eq!(store.offline("bob").await.expect("offline").len(), 5);
    let fits = store.add_offline("bob", &"y".repeat(50), UnixMillis(1), 550).await.expect("add");
    assert_eq!(fits, AddOffline::Stored);
    let full = store.add_offline("bob", "z", UnixMillis(1), 550).await.expect("add");
    assert_eq!(full, AddOffline::QuotaExceeded);
    let alone = store.add_offline("eve", &"y".repeat(551), UnixMillis(1), 550).await.expect("add");
    assert_eq!(alone, AddOffline::QuotaExceeded);
}

pub(crate) async fn a_message_is_deleted_once(store: Store) {
    create(&store, "bob").await;
    for at in 0..30 {
        store.add_offline("bob", "<message/>", UnixMillis(at), 10_000).await.expect("add");
    }
    let ids: Vec<i64> = store.offline("bob").await.expect("offline").iter().map(|m| m.id).collect();
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (store, ids) = (store.clone(), ids.clone());
            tokio::spawn(async move { store.delete_offline("bob", &ids).await.expect("delete") })
        })
        .collect();
    let mut deleted = 0;
    for task in tasks {
        deleted += task.await.expect("task");
    }
    assert_eq!(deleted, 30);
    assert_eq!(store.delete_offline("bob", &[]).await.expect("delete"), 0);
    store.add_offline("bob", "<message/>", UnixMillis(1), 10_000).await.expect("add");
    let left = store.offline("bob").await.expect("offline");
    assert_eq!(store.delete_offline("eve", &[left[0].id]).await.expect("delete"), 0);
    assert_eq!(left.len(), 1);
}

pub(crate) async fn a_message_is_handed_over_once(store: Store) {
    create(&store, "bob").await;
    store.hand_over_offline("bob", |_| panic!("nothing is stored")).await.expect("hand over");
    for at in 0..30 {
        store
            .add_offline("bob", &format!("<message id='{at}'/>"), UnixMillis(at), 10_000)
            .await
            .expect("add");
    }
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let taken = Mutex::new(Vec::new());
                let take = |message: &OfflineMessage| {
                    let is_wanted = message.stored_at != UnixMillis(7);
                    let mut taken = taken.lock().expect("lock");
                    if is_wanted && !taken.contains(&message.id) {
                        taken.push(message.id);
                    }
                    is_wanted
                };
                store.hand_over_offline("bob", take).await.expect("hand over");
                taken.into_inner().expect("lock")
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        let taken = task.await.expect("task");
        assert!(taken.is_sorted(), "{taken:?}");
        all.extend(taken);
    }
    assert_eq!(all.len(), 29, "{all:?}");
    let left = store.offline("bob").await.expect("offline");
    assert_eq!(left.iter().map(|message| message.stored_at.0).collect::<Vec<_>>(), [7]);
}

pub(crate) async fn vcards_and_private_storage_are_replaced(store: Store) {
    create(&store, "bob").await;
    let photo = format!("<vCard><PHOTO>{}</PHOTO></vCard>", "A".repeat(200_000));
    for vcard in [Some("<vCard/>"), Some(photo.as_str()), None, None] {
        store.set_vcard("bob", vcard).await.expect("set");
        assert_eq!(store.vcard("bob").await.expect("vcard").as_deref(), vcard);
    }
    for xml in ["<storage/>", "<storage>😀</storage>"] {
        store.set_private_xml("bob", "storage", "storage:bookmarks", xml).await.expect("set");
        store.set_private_xml("bob", "storage", "other", "<other/>").await.expect("set");
        let found = store.private_xml("bob", "storage", "storage:bookmarks").await.expect("get");
        assert_eq!(found.as_deref(), Some(xml));
    }
    assert_eq!(store.private_xml("eve", "storage", "other").await.expect("get"), None);
}

pub(crate) async fn the_last_presence_is_kept(store: Store) {
    create(&store, "bob").await;
    let stanza = Some("<presence type='unavailable'><status>bye</status></presence>".to_owned());
    for last in [
        Some(LastPresence { offline_at: UnixMillis(1_735_689_600_000), stanza }),
        Some(LastPresence { offline_at: UnixMillis(1_735_689_600_001), stanza: None }),
        None,
        None,
    ] {
        store.set_last_presence("bob", last.as_ref()).await.expect("set");
        assert_eq!(store.last_presence("bob").await.expect("get"), last);
    }
}

pub(crate) async fn queries_are_counted(store: Store) {
    let metrics = cobnut_net::Metrics::new();
    store.register_metrics(&metrics);
    store.vcard("bob").await.expect("vcard");
    let text = metrics.encode();
    assert!(text.contains("cobnut_store_query_seconds_count{query=\"vcard\"} 1"), "{text}");
    assert!(!text.contains("bob"));
}
