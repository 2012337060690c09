//! Bringing in many accounts at once.

use std::collections::BTreeMap;

use cobnut_model::{RosterItem, UnixMillis};
use cobnut_openfire::{Algorithm, Encryption, Kdf};
use cobnut_store::{
    Existing, Group, GroupMember, ImportAccount, ImportMessage, ImportPassword, ImportPrivate, ImportReport,
    LastPresence, Store, StoredPrivacyList, SystemProperty, UserQuery,
};

use crate::fixture::{Database, both_keys, execute, number};
use crate::openfire::{self, Flavour};

fn account(name: &str) -> ImportAccount {
    let contact = |jid: &str, groups: &[&str]| RosterItem {
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        ..crate::rosters::item(jid)
    };
    let pending = RosterItem { pending_in: Some("<presence/>".to_owned()), ..contact("x@example.org", &[]) };
    let message = |at, stanza: &str| ImportMessage { stored_at: UnixMillis(at), stanza: stanza.to_owned() };
    ImportAccount {
        username: name.to_owned(),
        name: Some(format!("Name of {name}")),
        created_at: UnixMillis(5),
        modified_at: UnixMillis(6),
        keys: both_keys(3),
        readable: ImportPassword { plain: Some("sesame".to_owned()), encrypted: None },
        properties: BTreeMap::from([("color".to_owned(), "green".to_owned())]),
        vcard: Some("<vCard/>".to_owned()),
        roster: vec![contact("a@example.org", &["Friends", "Work"]), contact("b@example.org", &[]), pending],
        offline: vec![message(7, "<message id='1'/>"), message(8, "<message id='2'/>")],
        private: vec![ImportPrivate {
            name: "storage".to_owned(),
            namespace: "storage:bookmarks".to_owned(),
            xml: "<storage/>".to_owned(),
        }],
        privacy_lists: vec![StoredPrivacyList {
            name: "l".to_owned(),
            is_default: true,
            xml: "<list/>".to_owned(),
        }],
        last_presence: Some(LastPresence { offline_at: UnixMillis(9), stanza: None }),
        lockout: Some((None, Some(UnixMillis(10)))),
        ..ImportAccount::default()
    }
}

async fn is_whole(store: &Store, name: &str) {
    let user = store.user(name).await.expect("user").expect("account");
    assert_eq!((user.created_at, user.modified_at), (UnixMillis(5), UnixMillis(6)));
    let found = store.credentials(name).await.expect("credentials").expect("account");
    assert_eq!((&found.keys, found.plain_password.as_deref()), (&both_keys(3), Some("sesame")));
    assert!(!found.is_locked_out, "the lockout is over");
    let wanted = account(name);
    assert_eq!(store.roster(name).await.expect("roster"), wanted.roster);
    let messages = store.offline(name).await.expect("offline");
    let messages: Vec<_> = messages.iter().map(|m| (m.stored_at.0, m.stanza.as_str())).collect();
    assert_eq!(messages, [(7, "<message id='1'/>"), (8, "<message id='2'/>")]);
    assert_eq!(store.vcard(name).await.expect("vcard"), wanted.vcard);
    assert_eq!(store.last_presence(name).await.expect("presence"), wanted.last_presence);
    let private = store.private_xml(name, "storage", "storage:bookmarks").await.expect("private");
    assert_eq!(private.as_deref(), Some("<storage/>"));
    let properties = store.user_properties(name).await.expect("properties");
    assert_eq!(BTreeMap::from_iter(properties), wanted.properties);
}

pub(crate) async fn accounts_are_imported_whole(database: Database) {
    for version in [None, Some(34), Some(40)] {
        let one = database.another();
        if let Some(version) = version {
            execute(&one.url, &openfire::database(version, Flavour::of_url(&one.url))).await;
        }
        let store = one.open().await;
        let before = store.users(&UserQuery::default()).await.expect("users").total;
        // More than fits into one transaction.
        let accounts: Vec<ImportAccount> = (0..60).map(|number| account(&format!("user{number}"))).collect();
        let report = store.import_accounts(&accounts, Existing::Skip).await.expect("import");
        assert_eq!(report, ImportReport { created: 60, ..ImportReport::default() }, "{version:?}");
        assert_eq!(store.users(&UserQuery::default()).await.expect("users").total, before + 60);
        for name in ["user0", "user37", "user59"] {
            is_whole(&store, name).await;
        }
        assert_eq!(
            number(&one.url, "SELECT COUNT(*) FROM ofPrivacyList WHERE username LIKE 'user%'").await,
            60
        );
        assert_eq!(
            number(&one.url, "SELECT COUNT(*) FROM ofUserFlag WHERE endTime = '000000000000010'").await,
            60
        );
        // Numbers go on behind those of the import.
        let added = store.add_offline("user1", "<message/>", UnixMillis(99), 10_000).await.expect("offline");
        assert_eq!(added, cobnut_store::AddOffline::Stored);
        store.close().await;
    }
}

pub(crate) async fn what_is_there_is_skipped_or_replaced(database: Database) {
    execute(&database.url, &openfire::database(34, Flavour::of_url(&database.url))).await;
    let store = database.open().await;
    let accounts = [account("bob"), account("new")];
    let report = store.import_accounts(&accounts, Existing::Skip).await.expect("import");
    assert_eq!((report.created, report.skipped), (1, 1));
    assert_eq!(store.user("bob").await.expect("user").expect("bob").name, None, "nothing of bob changed");
    let report = store.import_accounts(&accounts, Existing::Replace).await.expect("import");
    assert_eq!((report.replaced, report.created, report.failed.len()), (2, 0, 0));
    is_whole(&store, "bob").await;
    is_whole(&store, "new").await;
    assert_eq!(store.groups_of("bob").await.expect("groups"), ["Sales"]);
    store.close().await;
}

pub(crate) async fn one_bad_account_costs_one_account(database: Database) {
    let store = database.open().await;
    let mut accounts: Vec<ImportAccount> = (0..3).map(|number| account(&format!("user{number}"))).collect();
    accounts.push(account("user1"));
    if Flavour::of_url(&database.url) != Flavour::Sqlite {
        accounts.push(account(&"x".repeat(65)));
    }
    let bad = accounts.len() - 3;
    let report = store.import_accounts(&accounts, Existing::Skip).await.expect("import");
    assert_eq!((report.created, report.failed.len()), (3, bad), "{report:?}");
    assert_eq!(report.failed[0].0, "user1");
    if let Some((_, reason)) = report.failed.get(1) {
        assert!(reason.contains("longer than its column"), "{reason}");
    }
    for name in ["user0", "user1", "user2"] {
        is_whole(&store, name).await;
    }
    store.close().await;
}

pub(crate) async fn groups_and_properties_are_imported(database: Database) {
    execute(&database.url, &openfire::tables(34, Flavour::of_url(&database.url))).await;
    let aes = Encryption::with(Algorithm::Aes, Some("mySecretKey"), Kdf::Sha1, Vec::new());
    let store = Store::open_with(&database.url, aes).await.expect("open");
    let group = |description: &str| Group {
        name: "Sales".to_owned(),
        description: Some(description.to_owned()),
        members: vec![GroupMember { address: "bob".to_owned(), is_administrator: true }],
        properties: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
    };
    for (description, existing, kept) in [
        ("one", Existing::Skip, "one"),
        ("two", Existing::Skip, "one"),
        ("three", Existing::Replace, "three"),
    ] {
        let report = store.import_groups(&[group(description)], existing).await.expect("import");
        assert_eq!(report.failed, []);
        assert_eq!(store.groups().await.expect("groups"), [group(kept)]);
    }
    let property = |name: &str, value: Option<&str>, is_encrypted| SystemProperty {
        name: name.to_owned(),
        value: value.map(str::to_owned),
        is_encrypted,
    };
    let properties = [property("clear", Some("1"), false), property("secret", Some("2"), true)];
    let lost = property("lost", None, true);
    let report = store.import_properties(&properties, Existing::Skip).await.expect("import");
    assert_eq!(report.created, 2);
    let report =
        store.import_properties(&[properties[1].clone(), lost], Existing::Replace).await.expect("import");
    assert_eq!((report.replaced, report.failed[0].0.as_str()), (1, "lost"));
    assert_eq!(store.system_properties().await.expect("properties"), properties);
    let hidden =
        "SELECT COUNT(*) FROM ofProperty WHERE encrypted = 1 AND iv IS NOT NULL AND propValue <> '2'";
    assert_eq!(number(&database.url, hidden).await, 1);
    store.close().await;
}
