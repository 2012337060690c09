//! Every schema version of Openfire that is still in use: opened, read, written, and left as it was.

use std::collections::BTreeMap;

use cobnut_model::{RosterItem, ScramMechanism, UnixMillis};
use cobnut_store::{AddOffline, Group, GroupMember, RoomAffiliation, Store};

use crate::fixture::{Database, both_keys, create, execute, jid, mariadb_server, number, postgres_server};
use crate::openfire::{self, Flavour, VERSIONS};

/// Definitions of all tables but ours, as the server tells them.
fn definitions(url: &str) -> Option<String> {
    let name = url.rsplit('/').next().expect("a database");
    match Flavour::of_url(url) {
        Flavour::Sqlite => None,
        Flavour::Postgres => {
            let dump = postgres_server()?.dump_schema(name);
            // The dump has a random word in it since a security fix of 2025.
            Some(dump.lines().filter(|line| !line.starts_with('\\')).collect::<Vec<_>>().join("\n"))
        }
        Flavour::MySql => {
            let server = mariadb_server()?;
            let tables = server.execute(&format!("SHOW TABLES FROM {name}"));
            let openfire = tables.lines().filter(|table| !table.starts_with("cobnut"));
            Some(openfire.map(|table| server.execute(&format!("SHOW CREATE TABLE {name}.{table}"))).collect())
        }
    }
}

/// Opens a database of each version, and looks at what is where.
pub(crate) async fn every_version_is_read_and_left_as_it_was(database: Database) {
    for version in VERSIONS {
        let one = database.another();
        let flavour = Flavour::of_url(&one.url);
        execute(&one.url, &openfire::database(*version, flavour)).await;
        let before = definitions(&one.url);
        let store = one.open().await;
        everything_is_where_it_was(&store, *version).await;
        work_goes_on(&store, &one.url, *version).await;
        store.close().await;
        // Ours may go: what Openfire finds then is what it had.
        execute(&one.url, "DROP TABLE cobnutUserScram").await;
        execute(&one.url, "DROP TABLE cobnutNode").await;
        execute(&one.url, "DROP TABLE cobnutArchive").await;
        if *version >= 29 {
            execute(&one.url, "DROP TABLE cobnutPrivate").await;
        }
        assert_eq!(definitions(&one.url), before, "version {version}");
        assert_eq!(number(&one.url, "SELECT version FROM ofVersion WHERE name = 'someplugin'").await, 3);
        assert_eq!(
            number(&one.url, "SELECT version FROM ofVersion WHERE name = 'openfire'").await,
            i64::from(*version)
        );
        assert_eq!(number(&one.url, "SELECT COUNT(*) FROM ofVersion").await, 2);
    }
}

async fn everything_is_where_it_was(store: &Store, version: u32) {
    let bob = store.credentials("bob").await.expect("credentials").expect("bob");
    let mechanisms: Vec<ScramMechanism> = bob.keys.iter().map(|keys| keys.mechanism).collect();
    assert_eq!(mechanisms, [ScramMechanism::Sha1], "version {version}");
    assert!(store.credentials("admin").await.expect("credentials").expect("admin").is_locked_out);

    let sara = store.sha1_credentials("sara").await.expect("credentials").expect("sara");
    assert_eq!((sara.keys[0].salt.len(), sara.keys[0].iterations), (24, 4096));
    assert!(sara.keys[0].stored_key.starts_with(&[0x0d, 0x15, 0x93]) && !sara.has_readable_password());
    for (name, password) in [("paula", "sesame"), ("erik", "password"), ("admin", "admin")] {
        let found = store.credentials(name).await.expect("credentials").expect("account");
        assert!(found.keys.is_empty());
        assert_eq!(
            store.readable_passwords(&found).await.expect("readable"),
            [password],
            "version {version}"
        );
    }

    let roster = store.roster("bob").await.expect("roster");
    assert_eq!(roster[0].groups, ["Z", "B"]);
    let request = if version >= 33 { "<presence/>" } else { "" };
    assert_eq!(roster[1].pending_in.as_deref(), Some(request), "version {version}");
    let vcard = store.vcard("bob").await.expect("vcard").expect("bob's");
    assert!(vcard.contains("<FN>Bob</FN>"));
    assert_eq!(store.offline("bob").await.expect("offline").len(), 1);
    assert_eq!(store.last_presence("bob").await.expect("presence").expect("bob's").stanza, None);
    assert_eq!(store.user_properties("bob").await.expect("properties").len(), 1);
    let bookmarks = store.private_xml("bob", "storage", "storage:bookmarks").await.expect("private");
    assert_eq!(bookmarks.as_deref(), Some("<storage xmlns=\"storage:bookmarks\"/>"), "version {version}");
    let names: Vec<String> =
        store.properties().await.expect("properties").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["passwordKey", "xmpp.domain"]);
    groups_are_read(store).await;
    rooms_are_read(store, version).await;
}

async fn groups_are_read(store: &Store) {
    let member =
        |address: &str, is_administrator| GroupMember { address: address.to_owned(), is_administrator };
    let properties = [
        ("sharedRoster.displayName", "Sales team"),
        ("sharedRoster.groupList", ""),
        ("sharedRoster.showInRoster", "onlyGroup"),
    ];
    let properties = properties.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let sales = Group {
        name: "Sales".to_owned(),
        description: Some("All of sales".to_owned()),
        members: vec![member("admin", true), member("bob", false), member("eve@example.net", false)],
        properties: BTreeMap::from(properties),
    };
    let empty = Group { name: "Empty".to_owned(), ..Group::default() };
    assert_eq!(store.groups().await.expect("groups"), [empty.clone(), sales.clone()]);
    assert_eq!(store.groups_if_shared().await.expect("groups"), [empty, sales.clone()]);
    let names = store.names_of_group_members().await.expect("names");
    assert_eq!(names, [("admin".to_owned(), "Administrator".to_owned())]);
    assert_eq!(store.group("Sales").await.expect("group"), Some(sales));
    assert_eq!(store.group("None").await.expect("group"), None);
    assert_eq!(store.groups_of("bob").await.expect("groups"), ["Sales"]);
}

async fn rooms_are_read(store: &Store, version: u32) {
    let services = store.room_services().await.expect("services");
    assert_eq!((services.len(), services[0].subdomain.as_str()), (1, "conference"));
    assert_eq!(services[0].properties["create.anyone"], "true");
    let rooms = store.rooms().await.expect("rooms");
    let [lobby, vault] = &rooms[..] else { panic!("{rooms:?}") };
    assert_eq!((lobby.name.as_str(), lobby.subject.as_deref()), ("lobby", Some("Welcome")));
    assert_eq!((lobby.locked_since, lobby.empty_since), (None, None));
    assert!(lobby.is_public && !lobby.is_moderated && lobby.can_invite && lobby.is_logged);
    assert_eq!(vault.locked_since, Some(UnixMillis(1_735_689_600_002)));
    assert_eq!(vault.empty_since, Some(UnixMillis(1_735_689_600_003)));
    assert_eq!((vault.password.as_deref(), vault.roles_to_broadcast), (Some("pw"), 4));
    assert_eq!(vault.private_messages, if version >= 23 { 2 } else { 0 });
    assert_eq!(vault.is_retired_on_deletion, version >= 36);
    assert_eq!(vault.is_history_preserved, version < 35);
    let people = store.room_people(2).await.expect("people");
    let people: Vec<_> =
        people.iter().map(|p| (p.address.as_str(), p.affiliation, p.nickname.as_deref())).collect();
    let expected = [
        ("bob@example.org", RoomAffiliation::Admin, None),
        ("carol@example.org", RoomAffiliation::Member, Some("Carol")),
    ];
    assert_eq!(people, expected);
    assert_eq!(store.room_properties(1).await.expect("properties")["color"], "green");
}

/// Writes into every table that the product writes.
async fn work_goes_on(store: &Store, url: &str, version: u32) {
    create(store, "dave").await;
    assert_eq!(store.credentials("dave").await.expect("credentials").expect("dave").keys, both_keys(7));
    let pending = RosterItem {
        pending_in: Some("<presence id='1'/>".to_owned()),
        groups: vec!["Friends".to_owned()],
        ..crate::rosters::item("bob@example.org")
    };
    let bob = jid("bob@example.org");
    store.update_roster_item("dave", &bob, |_| (Some(pending.clone()), ())).await.expect("roster");
    let found = store.roster_item("dave", &bob).await.expect("item").expect("bob");
    let request = if version >= 33 { "<presence id='1'/>" } else { "" };
    assert_eq!(
        (found.pending_in.as_deref(), &found.groups[..]),
        (Some(request), &["Friends".to_owned()][..])
    );
    // The number comes from the block after the one that Openfire took last.
    assert_eq!(number(url, "SELECT MAX(rosterID) FROM ofRoster").await, 1001);
    let added = store.add_offline("dave", "<message/>", UnixMillis(1), 1000).await.expect("offline");
    assert_eq!(added, AddOffline::Stored);
    store.set_vcard("dave", Some("<vCard/>")).await.expect("vcard");
    for (name, xml) in
        [("bob", "<storage xmlns='storage:bookmarks'><conference/></storage>"), ("dave", "<storage/>")]
    {
        store.set_private_xml(name, "storage", "storage:bookmarks", xml).await.expect("private");
        let found = store.private_xml(name, "storage", "storage:bookmarks").await.expect("private");
        assert_eq!(found.as_deref(), Some(xml), "version {version}");
    }
    if version >= 29 {
        // Where Openfire keeps it, if it has a place for this person already.
        let items = "SELECT COUNT(*) FROM ofPubsubItem WHERE payload LIKE '%conference%'";
        assert_eq!(number(url, items).await, 1, "version {version}");
    }
    crate::rooms::life_of_a_room(store, version).await;
    store.set_property("a", Some("b")).await.expect("property");
    store.set_user_property("dave", "a", Some("b")).await.expect("property");
    assert!(store.set_credentials("admin", &both_keys(9)).await.expect("set"));
    assert!(store.delete_user("dave").await.expect("delete"));
    assert_eq!(store.roster("dave").await.expect("roster"), []);
}
