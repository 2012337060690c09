//! Privacy lists.

use cobnut_store::{Store, StoredPrivacyList};

use crate::fixture::create;

fn list(name: &str, is_default: bool, xml: &str) -> StoredPrivacyList {
    StoredPrivacyList { name: name.to_owned(), is_default, xml: xml.to_owned() }
}

async fn replace(store: &Store, lists: &[StoredPrivacyList]) -> Vec<StoredPrivacyList> {
    store.update_privacy_lists("bob", |before| (lists.to_vec(), before.to_vec())).await.expect("update")
}

pub(crate) async fn privacy_lists_are_put_changed_and_removed(store: Store) {
    create(&store, "bob").await;
    create(&store, "eve").await;
    assert!(store.privacy_lists("bob").await.expect("lists").is_empty());
    let first = [list("home", false, "<list/>"), list("work", true, "<list name='李 🦀'/>")];
    assert!(replace(&store, &first).await.is_empty());
    assert_eq!(store.privacy_lists("bob").await.expect("lists"), first);
    let second = [list("home", true, "<list/>"), list("zoo", false, "<list>x</list>")];
    assert_eq!(replace(&store, &second).await, first);
    assert_eq!(store.privacy_lists("bob").await.expect("lists"), second);
    assert!(store.privacy_lists("eve").await.expect("lists").is_empty());
    store.delete_user("bob").await.expect("delete");
    assert!(store.privacy_lists("bob").await.expect("lists").is_empty());
}

pub(crate) async fn no_change_of_privacy_lists_is_lost(store: Store) {
    create(&store, "bob").await;
    let tasks: Vec<_> = (0..10)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let add = |before: &[StoredPrivacyList]| {
                    let mut after = before.to_vec();
                    after.push(list(&format!("list{number}"), false, "<list/>"));
                    (after, ())
                };
                store.update_privacy_lists("bob", add).await.expect("update");
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("task");
    }
    assert_eq!(store.privacy_lists("bob").await.expect("lists").len(), 10);
}
