//! Opening: fresh databases, databases that Openfire made, and such that are neither.

use std::collections::BTreeSet;

use cobnut_model::{ScramMechanism, Subscription, UnixMillis};
use cobnut_store::{AddOffline, Store, StoreError, UserQuery};

use crate::fixture::{Database, both_keys, changed, create, execute, jid, keys, number};
use crate::openfire::{self, Flavour};

/// Fills an empty database as Openfire would have.
async fn make_openfire(url: &str) {
    execute(url, &openfire::database(openfire::USUAL, Flavour::of_url(url))).await;
}

pub(crate) async fn nodes_may_open_a_fresh_database_at_once(database: Database) {
    let nodes: Vec<_> = (0..6)
        .map(|node| {
            let url = database.url.clone();
            tokio::spawn(async move {
                let store = Store::open(&url).await.expect("open");
                create(&store, &format!("user{node}")).await;
                (store.cluster_identity().await.expect("identity").secret, store)
            })
        })
        .collect();
    let mut secrets = BTreeSet::new();
    for node in nodes {
        let (secret, store) = node.await.expect("node");
        secrets.insert(secret);
        assert_eq!(store.users(&UserQuery::default()).await.map(|page| page.total > 0).ok(), Some(true));
        store.close().await;
    }
    assert_eq!(secrets.len(), 1);
    assert_eq!(number(&database.url, "SELECT COUNT(*) FROM ofVersion WHERE version = 40").await, 1);
    assert_eq!(number(&database.url, "SELECT COUNT(*) FROM cobnutMigration").await, 7);
    assert_eq!(number(&database.url, "SELECT COUNT(*) FROM ofUser").await, 6);
}

pub(crate) async fn a_database_is_opened_again(database: Database) {
    let store = database.open().await;
    create(&store, "bob").await;
    store.close().await;
    assert!(store.user("bob").await.expect_err("closed").is_unavailable());
    assert!(store.ping().await.expect_err("closed").is_unavailable());
    let store = database.open().await;
    assert!(store.user("bob").await.expect("user").is_some());
    store.close().await;
}

pub(crate) async fn an_openfire_database_is_used_as_it_is(database: Database) {
    make_openfire(&database.url).await;
    let store = database.open().await;

    let admin = store.credentials("admin").await.expect("credentials").expect("admin");
    assert_eq!((admin.keys.len(), admin.plain_password.as_deref()), (0, Some("admin")));
    assert!(admin.is_locked_out);
    let bob = store.credentials("bob").await.expect("credentials").expect("bob");
    assert_eq!(
        bob.keys,
        [keys(ScramMechanism::Sha1, 7)].map(|mut keys| {
            keys.stored_key = vec![6; 20];
            keys.server_key = vec![5; 20];
            keys
        })
    );
    assert_eq!(bob.encrypted_password.as_deref(), Some("c0ffee"));
    assert!(!bob.is_locked_out);
    assert_eq!(store.user("admin").await.expect("user").expect("admin").created_at, UnixMillis(0));
    let bob = store.user("bob").await.expect("user").expect("bob");
    assert_eq!(bob.created_at, UnixMillis(1_735_689_600_000));

    let roster = store.roster("bob").await.expect("roster");
    assert_eq!(roster.len(), 3, "the unreadable address is skipped");
    assert_eq!(roster[0].subscription, Subscription::Both);
    assert_eq!(roster[0].groups, ["Z", "B"]);
    assert!(!roster[1].is_visible);
    assert_eq!(roster[1].pending_in.as_deref(), Some("<presence/>"));
    // Writing one of two rows of a contact leaves one.
    let eve = jid("eve@example.org");
    let renamed = store.update_roster_item("bob", &eve, |before| {
        (before.map(|before| cobnut_model::RosterItem { name: Some("E".to_owned()), ..before }), ())
    });
    renamed.await.expect("rename");
    let roster = store.roster("bob").await.expect("roster");
    assert_eq!(roster.len(), 2);
    assert_eq!(roster[0].name.as_deref(), Some("E"));

    let added = store.add_offline("bob", "<message/>", UnixMillis(1), 25).await.expect("add");
    assert_eq!(added, AddOffline::Stored);
    let added = store.add_offline("bob", "<message/>", UnixMillis(1), 25).await.expect("add");
    assert_eq!(added, AddOffline::QuotaExceeded);
    store.set_private_xml("bob", "storage", "storage:bookmarks", "<storage/>").await.expect("private");
    assert!(store.private_xml("bob", "storage", "storage:bookmarks").await.expect("private").is_some());
    let names: Vec<String> =
        store.properties().await.expect("properties").into_iter().map(|(n, _)| n).collect();
    assert_eq!(names, ["passwordKey", "xmpp.domain"]);
    store.set_property("secret", Some("changed")).await.expect("set");
    assert_eq!(store.properties().await.expect("properties").len(), 2, "a secret stays one");
    assert_eq!(store.system_properties().await.expect("properties").len(), 3);
    create(&store, "eve").await;
    assert!(store.delete_user("eve").await.expect("delete"));
    store.close().await;

    assert_eq!(number(&database.url, "SELECT version FROM ofVersion WHERE name = 'openfire'").await, 34);
    assert_eq!(number(&database.url, "SELECT COUNT(*) FROM ofVersion").await, 2);
}

pub(crate) async fn a_password_changed_by_openfire_counts(database: Database) {
    make_openfire(&database.url).await;
    let store = database.open().await;
    assert!(store.set_credentials("bob", &both_keys(7)).await.expect("set"));
    let bob = store.credentials("bob").await.expect("credentials").expect("bob");
    assert_eq!((bob.keys, bob.encrypted_password), (both_keys(7), None));
    assert_eq!(number(&database.url, "SELECT iterations FROM ofUser WHERE username = 'bob'").await, 4096);
    // Openfire knows SCRAM-SHA-1 only, so this is all that it changes.
    execute(
        &database.url,
        "UPDATE ofUser SET salt = 'CAgICAgICAgICAgICAgICAgICAgICAgI' WHERE username = 'bob'",
    )
    .await;
    let bob = store.credentials("bob").await.expect("credentials").expect("bob");
    let mechanisms: Vec<ScramMechanism> = bob.keys.iter().map(|keys| keys.mechanism).collect();
    assert_eq!(mechanisms, [ScramMechanism::Sha1], "the old password must not work through SCRAM-SHA-256");
    store.close().await;
}

pub(crate) async fn half_a_database_is_refused(database: Database) {
    make_openfire(&database.url).await;
    execute(&database.url, "DROP TABLE ofVCard; DROP TABLE ofRosterGroups; DROP TABLE ofRoster").await;
    let err = Store::open(&database.url).await.expect_err("refused");
    assert!(matches!(err, StoreError::Schema(_)));
    assert!(err.to_string().contains("ofRoster, ofRosterGroups, ofVCard"), "{err}");
}

pub(crate) async fn a_database_without_scram_is_refused(database: Database) {
    make_openfire(&database.url).await;
    execute(&database.url, "ALTER TABLE ofUser DROP COLUMN storedKey").await;
    let err = Store::open(&database.url).await.expect_err("refused");
    assert!(err.to_string().contains("older than Openfire 4.0"), "{err}");
}

pub(crate) async fn nodes_never_share_an_identifier(database: Database) {
    let nodes = [database.open().await, database.open().await];
    create(&nodes[0], "bob").await;
    // As in a database where nobody ever stored a message.
    execute(&database.url, "DELETE FROM ofID WHERE idType = 19").await;
    let tasks: Vec<_> = (0..140)
        .map(|number| {
            let store = nodes[number % 2].clone();
            tokio::spawn(async move {
                store.add_offline("bob", "<message/>", UnixMillis(1), 100_000).await.expect("add")
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("task"), AddOffline::Stored);
    }
    // The primary key would have refused a number that was used twice.
    let messages = nodes[0].offline("bob").await.expect("offline");
    assert_eq!(messages.len(), 140);
    let highest = messages.iter().map(|message| message.id).max().expect("messages");
    assert!(number(&database.url, "SELECT id FROM ofID WHERE idType = 19").await > highest);
    for node in nodes {
        node.close().await;
    }
}

/// Takes a block as Openfire does, and stores a message under each of its numbers.
async fn store_as_openfire(url: &str, message: &str) {
    const BLOCK: i64 = 5;
    let first = loop {
        let next = number(url, "SELECT id FROM ofID WHERE idType = 19").await;
        let update = format!("UPDATE ofID SET id = {} WHERE idType = 19 AND id = {next}", next + BLOCK);
        if changed(url, update).await == 1 {
            break next;
        }
    };
    for id in first..first + BLOCK {
        let insert = format!(
            "INSERT INTO ofOffline (username, messageID, creationDate, messageSize, stanza) \
             VALUES ('bob', {id}, '000000000000001', 1, '{message}')"
        );
        assert_eq!(changed(url, insert).await, 1);
    }
}

pub(crate) async fn an_openfire_beside_us_is_not_disturbed(database: Database) {
    make_openfire(&database.url).await;
    let store = database.open().await;
    let ours: Vec<_> = (0..120)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                store.add_offline("bob", "<ours/>", UnixMillis(1), 100_000).await.expect("add")
            })
        })
        .collect();
    // The primary key refuses a number that both used.
    for _ in 0..12 {
        store_as_openfire(&database.url, "<theirs/>").await;
    }
    for task in ours {
        assert_eq!(task.await.expect("task"), AddOffline::Stored);
    }
    let messages = store.offline("bob").await.expect("offline");
    let count = |stanza: &str| messages.iter().filter(|message| message.stanza == stanza).count();
    assert_eq!((count("<ours/>"), count("<theirs/>")), (120, 60));
    // Openfire's next block begins behind every number in use.
    let highest = messages.iter().map(|message| message.id).max().expect("messages");
    assert!(number(&database.url, "SELECT id FROM ofID WHERE idType = 19").await > highest);
    assert_eq!(number(&database.url, "SELECT COUNT(*) FROM ofID").await, 5, "no rows of our own");
    store.close().await;
}

pub(crate) async fn a_broken_identity_is_an_error(database: Database) {
    let store = database.open().await;
    store.set_property("cobnut.mesh.secret", Some("not hexadecimal")).await.expect("set");
    let err = store.cluster_identity().await.expect_err("broken");
    assert!(err.to_string().contains("cobnut.mesh.secret"), "{err}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_in_memory_serves_tests() {
    let store = Store::open("sqlite::memory:").await.expect("open");
    crate::rosters::concurrent_changes_lose_nothing(store.clone()).await;
    store.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_private_and_gets_its_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("a/b/test.db");
    let store = Store::open(&format!("sqlite://{}?mode=rwc", file.display())).await.expect("open");
    create(&store, "bob").await;
    for name in ["test.db", "test.db-wal"] {
        let mode = std::fs::metadata(file.with_file_name(name)).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    store.close().await;
    let err = Store::open("sqlite:///proc/nowhere/test.db?mode=rwc").await.expect_err("no folder");
    assert!(err.to_string().contains("/proc/nowhere"), "{err}");
}
