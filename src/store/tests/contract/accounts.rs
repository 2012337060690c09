//! Accounts, credentials and properties.

use cobnut_model::{RosterItem, ScramMechanism, UnixMillis};
use cobnut_store::{AddOffline, CreateUser, LastPresence, Store, UserQuery};

use crate::fixture::{Database, both_keys, create, execute, jid, keys, number, user};

pub(crate) async fn an_account_is_made_once_and_found(store: Store) {
    assert_eq!(store.user("bob").await.expect("user"), None);
    create(&store, "bob").await;
    assert_eq!(store.create_user(&user("bob"), &[]).await.expect("create"), CreateUser::Exists);
    assert_eq!(store.user("bob").await.expect("user"), Some(user("bob")));

    assert!(store.update_user("bob", Some("Bob 李"), Some("bob@example.org")).await.expect("update"));
    let bob = store.user("bob").await.expect("user").expect("bob");
    assert_eq!((bob.name.as_deref(), bob.email.as_deref()), (Some("Bob 李"), Some("bob@example.org")));
    assert!(bob.modified_at > bob.created_at);
    assert!(!store.update_user("nobody", None, None).await.expect("update"));
    store.ping().await.expect("ping");
}

pub(crate) async fn of_many_creators_one_succeeds(store: Store) {
    let attempts = (0..8_u8).map(|fill| {
        let store = store.clone();
        tokio::spawn(async move { store.create_user(&user("bob"), &both_keys(fill)).await.expect("create") })
    });
    let mut created = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        created += usize::from(attempt.await.expect("task") == CreateUser::Created);
    }
    assert_eq!(created, 1);
    let credentials = store.credentials("bob").await.expect("credentials").expect("bob");
    assert_eq!(credentials.keys.len(), 2);
    assert_eq!(credentials.keys[0].salt, credentials.keys[1].salt);
}

pub(crate) async fn keys_are_added_to_those_of_the_same_password(store: Store) {
    let (sha1, sha512) = (keys(ScramMechanism::Sha1, 1), keys(ScramMechanism::Sha512, 2));
    let add = [sha512.clone()];
    assert!(!store.add_keys("bob", &sha1.salt, &add).await.expect("add"));
    assert!(store.most_can_use(ScramMechanism::Sha512).await.expect("count"), "nobody is there");
    store.create_user(&user("bob"), std::slice::from_ref(&sha1)).await.expect("create");
    assert!(store.most_can_use(ScramMechanism::Sha1).await.expect("count"));
    assert!(!store.most_can_use(ScramMechanism::Sha512).await.expect("count"));
    let keys_of_bob = async || store.credentials("bob").await.expect("credentials").expect("bob").keys;
    for _ in 0..2 {
        assert!(store.add_keys("bob", &sha1.salt, &add).await.expect("add"));
        assert_eq!(keys_of_bob().await, [sha1.clone(), sha512.clone()]);
    }
    assert!(store.most_can_use(ScramMechanism::Sha512).await.expect("count"));
    assert!(store.add_keys("bob", b"of another password", &add).await.expect("add"));
    assert_eq!(keys_of_bob().await, [sha1]);
}

pub(crate) async fn users_are_searched_and_paged(store: Store) {
    for number in 0..25 {
        create(&store, &format!("user{number:02}")).await;
    }
    store.update_user("user07", Some("100% Sure_Thing"), Some("Seven@Example.org")).await.expect("update");
    let page =
        |search: Option<&str>, offset| UserQuery { search: search.map(str::to_owned), offset, limit: 10 };
    let all = store.users(&page(None, 20)).await.expect("users");
    assert_eq!(all.total, 25);
    let names: Vec<&str> = all.users.iter().map(|user| user.username.as_str()).collect();
    assert_eq!(names, ["user20", "user21", "user22", "user23", "user24"]);
    for (search, total) in [
        ("user1", 10),
        ("USER07", 1),
        ("0% s", 1),
        ("e_t", 1),
        ("%", 1),
        ("_", 1),
        ("!", 0),
        ("seven@", 1),
        ("NAME OF", 24),
        ("  ", 25),
    ] {
        let found = store.users(&page(Some(search), 0)).await.expect("users");
        assert_eq!(found.total, total, "{search:?}");
        assert_eq!(found.users.len() as u64, total.min(10), "{search:?}");
    }
}

pub(crate) async fn credentials_are_replaced_together(store: Store) {
    assert!(store.credentials("bob").await.expect("credentials").is_none());
    assert!(!store.set_credentials("bob", &both_keys(1)).await.expect("set"));
    create(&store, "bob").await;
    let found = store.credentials("bob").await.expect("credentials").expect("bob");
    assert_eq!(found.keys, both_keys(7));
    assert!(!found.is_locked_out);
    assert_eq!(found.plain_password, None);

    let only_sha1 = [keys(ScramMechanism::Sha1, 9)];
    assert!(store.set_credentials("bob", &only_sha1).await.expect("set"));
    assert_eq!(store.credentials("bob").await.expect("credentials").expect("bob").keys, only_sha1);
    let only_sha256 = [keys(ScramMechanism::Sha256, 10)];
    assert!(store.set_credentials("bob", &only_sha256).await.expect("set"));
    assert_eq!(store.credentials("bob").await.expect("credentials").expect("bob").keys, only_sha256);
    assert!(!format!("{found:?}").contains('7'));
}

pub(crate) async fn deleting_an_account_removes_everything(database: Database) {
    let store = database.open().await;
    store.set_property("xmpp.domain", Some("example.org")).await.expect("set");
    for name in ["bob", "eve"] {
        create(&store, name).await;
        store.set_user_property(name, "color", Some("green")).await.expect("property");
        store.set_vcard(name, Some("<vCard/>")).await.expect("vcard");
        store.set_private_xml(name, "storage", "storage:bookmarks", "<storage/>").await.expect("private");
        store.add_offline(name, "<message/>", UnixMillis(5), 1000).await.expect("offline");
        let last = LastPresence { offline_at: UnixMillis(6), stanza: None };
        store.set_last_presence(name, Some(&last)).await.expect("presence");
        let friend = jid("friend@example.org");
        let grouped =
            RosterItem { groups: vec!["Friends".to_owned()], ..crate::rosters::item("friend@example.org") };
        store.update_roster_item(name, &friend, |_| (Some(grouped.clone()), ())).await.expect("roster");
    }
    execute(&database.url, ELSEWHERE).await;
    assert!(store.delete_user("bob").await.expect("delete"));
    for sql in [
        "SELECT COUNT(*) FROM ofGroupUser",
        "SELECT COUNT(*) FROM ofUserFlag",
        "SELECT COUNT(*) FROM ofPrivacyList",
        "SELECT COUNT(*) FROM ofRosterGroups",
        "SELECT COUNT(*) FROM ofUserScram",
        "SELECT COUNT(*) FROM cobnutUserScram",
        "SELECT COUNT(*) FROM ofMucAffiliation",
        "SELECT COUNT(*) FROM ofMucMember",
        "SELECT COUNT(*) FROM ofPubsubItem",
    ] {
        assert_eq!(number(&database.url, sql).await, 1, "{sql}");
    }
    assert!(!store.delete_user("bob").await.expect("delete"));
    assert_eq!(belongings(&store, "bob").await, [false; 8]);
    assert_eq!(belongings(&store, "eve").await, [true; 8]);
    // A new account of that name starts with nothing.
    store.create_user(&user("bob"), &[]).await.expect("create");
    assert!(store.credentials("bob").await.expect("credentials").expect("bob").keys.is_empty());
    let stored = store.add_offline("bob", "<message/>", UnixMillis(5), 10).await.expect("offline");
    assert_eq!(stored, AddOffline::Stored);
}

/// What the product does not write itself yet, for two accounts.
const ELSEWHERE: &str = "
    INSERT INTO ofGroupUser (groupName, username, administrator) VALUES ('g', 'bob', 0), ('g', 'eve', 1);
    INSERT INTO ofUserFlag (username, name) VALUES ('bob', 'lockout'), ('eve', 'lockout');
    INSERT INTO ofPrivacyList (username, name, isDefault, list) VALUES ('bob', 'l', 1, '<list/>'), ('eve', 'l', 1, '<list/>');
    INSERT INTO ofMucAffiliation (roomID, jid, affiliation) VALUES (1, 'bob@example.org', 10), (1, 'eve@example.org', 10);
    INSERT INTO ofMucMember (roomID, jid) VALUES (1, 'bob@example.org'), (1, 'bob@example.net');
    INSERT INTO ofPubsubItem (serviceID, nodeID, id, jid, creationDate)
        VALUES ('bob@example.org', 'n', '1', 'bob@example.org', '0'), ('eve@example.org', 'n', '1', 'eve@example.org', '0');
";

async fn belongings(store: &Store, name: &str) -> [bool; 8] {
    [
        store.user(name).await.expect("user").is_some(),
        store.credentials(name).await.expect("credentials").is_some(),
        !store.user_properties(name).await.expect("properties").is_empty(),
        store.vcard(name).await.expect("vcard").is_some(),
        store.private_xml(name, "storage", "storage:bookmarks").await.expect("private").is_some(),
        !store.offline(name).await.expect("offline").is_empty(),
        store.last_presence(name).await.expect("presence").is_some(),
        !store.roster(name).await.expect("roster").is_empty(),
    ]
}

pub(crate) async fn properties_are_set_and_removed(store: Store) {
    store.set_property("xmpp.domain", Some("example.org")).await.expect("set");
    store.set_property("xmpp.domain", Some("例え.example")).await.expect("set");
    store.set_property("other", Some("")).await.expect("set");
    let expected = [("other", ""), ("xmpp.domain", "例え.example")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(store.properties().await.expect("properties"), expected);
    store.set_property("other", None).await.expect("remove");
    store.set_property("other", None).await.expect("remove");
    assert_eq!(store.properties().await.expect("properties").len(), 1);

    create(&store, "bob").await;
    store.set_user_property("bob", "b", Some("1")).await.expect("set");
    store.set_user_property("bob", "b", Some("2")).await.expect("set");
    store.set_user_property("bob", "a", Some("3")).await.expect("set");
    let expected = [("a", "3"), ("b", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(store.user_properties("bob").await.expect("properties"), expected);
    store.set_user_property("bob", "b", None).await.expect("remove");
    assert_eq!(store.user_properties("bob").await.expect("properties").len(), 1);
}

pub(crate) async fn all_nodes_share_one_identity(store: Store) {
    let asked: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.cluster_identity().await.expect("identity") })
        })
        .collect();
    let first = store.cluster_identity().await.expect("identity");
    assert_ne!(first.secret, [0; 32]);
    for identity in asked {
        let identity = identity.await.expect("task");
        assert_eq!((identity.database_id, identity.secret), (first.database_id, first.secret));
    }
    assert!(format!("{first:?}").ends_with(", [redacted])"), "the secret is not printed");
}

pub(crate) async fn accounts_are_locked_and_unlocked(store: Store) {
    create(&store, "bob").await;
    create(&store, "eve").await;
    assert!(!store.set_locked_out("nobody", true).await.expect("lock"));
    for _ in 0..2 {
        assert!(store.set_locked_out("bob", true).await.expect("lock"));
    }
    assert_eq!(store.locked_out_users().await.expect("locked"), ["bob"]);
    assert!(store.credentials("bob").await.expect("credentials").expect("bob").is_locked_out);
    assert!(!store.credentials("eve").await.expect("credentials").expect("eve").is_locked_out);
    assert!(store.set_locked_out("bob", false).await.expect("unlock"));
    assert!(store.locked_out_users().await.expect("locked").is_empty());
    assert!(!store.credentials("bob").await.expect("credentials").expect("bob").is_locked_out);
}
