//! What a look at a database tells, and that it leaves no trace.

use cobnut_openfire::Encryption;
use cobnut_store::{Backend, Oddity, Origin, PasswordCounts, Rights, Survey};

use crate::fixture::{Database, create, execute, mariadb_server, number, postgres_server};
use crate::openfire::{self, Flavour};

/// Those at which something changed that a survey tells.
const VERSIONS: [u32; 8] = [22, 26, 28, 29, 34, 36, 39, 40];

async fn survey(url: &str) -> Survey {
    Survey::of(url, Encryption::default()).await.expect("survey")
}

pub(crate) async fn every_version_is_surveyed_without_a_trace(database: Database) {
    for version in &VERSIONS {
        let one = database.another();
        execute(&one.url, &openfire::database(*version, Flavour::of_url(&one.url))).await;
        let found = survey(&one.url).await;
        assert_eq!((found.origin, found.version), (Origin::Openfire, i32::try_from(*version).ok()));
        assert_eq!((&found.missing_tables[..], &found.oddities[..]), (&[][..], &[][..]), "version {version}");
        assert_eq!(found.has_scram_table, *version >= 39);
        let counts = found.counts;
        assert_eq!((counts.users, counts.lockouts, counts.groups, counts.rooms), (5, 2, 2, 2));
        assert_eq!((counts.roster_items, counts.offline_messages, counts.vcards), (4, 1, 1));
        let passwords = PasswordCounts { with_keys: 2, only_encrypted: 1, only_plain: 2, none: 0, plain: 2 };
        assert_eq!(found.passwords, passwords, "version {version}");
        assert_eq!(found.rights, Rights { can_write: true, can_create: true });
        assert_eq!(found.property("xmpp.domain"), Some("example.org"));
        assert_eq!(found.property("secret"), (*version >= 26).then_some("openfire"));
        assert!(found.is_unicode_complete(), "{}", found.character_set);
        assert!(found.server.starts_with(|first: char| first.is_ascii_digit()), "{}", found.server);
        // Opening would have made tables of ours.
        execute(&one.url, "CREATE TABLE cobnutUserScram (x INTEGER)").await;
    }
}

pub(crate) async fn what_does_not_fit_is_named(database: Database) {
    let empty = survey(&database.url).await;
    assert_eq!((empty.origin, empty.version, empty.counts.users), (Origin::Empty, None, 0));
    assert_eq!(empty.missing_tables, [""; 0]);
    execute(&database.url, &openfire::database(34, Flavour::of_url(&database.url))).await;
    execute(&database.url, "UPDATE ofVersion SET version = 36 WHERE name = 'openfire'").await;
    execute(
        &database.url,
        "INSERT INTO ofUser (username, creationDate, modificationDate) VALUES ('nopass', '0', '0')",
    )
    .await;
    let found = survey(&database.url).await;
    let missing = |table, column| Oddity { table, column, is_missing: true };
    let expected = [
        missing("ofMucRoom", "preserveHistOnDel"),
        missing("ofMucRoom", "retireOnDeletion"),
        missing("ofMucRoomRetiree", "retiredAt"),
    ];
    assert_eq!(found.oddities, expected);
    assert_eq!(found.passwords.none, 1);
    execute(&database.url, "DROP TABLE ofVCard").await;
    let found = survey(&database.url).await;
    assert_eq!(found.missing_tables, ["ofVCard"]);
    assert_eq!(found.counts.users, 0, "nothing is counted in half a database");

    let ours = database.another();
    let store = ours.open().await;
    create(&store, "bob").await;
    store.close().await;
    let found = survey(&ours.url).await;
    assert_eq!((found.origin, found.version, found.counts.users), (Origin::Cobnut, Some(40), 1));
    assert_eq!(found.oddities, []);
    assert_eq!(number(&ours.url, "SELECT COUNT(*) FROM cobnutMigration").await, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_rights_and_narrow_character_sets_are_told() {
    if let Some(server) = mariadb_server() {
        let name = server.create_database();
        server.execute(&format!("ALTER DATABASE {name} CHARACTER SET utf8mb3"));
        server.execute(&format!("USE {name}; {}", openfire::database(34, Flavour::MySql)));
        server.execute(&format!(
            "CREATE USER 'surveyor'@'%' IDENTIFIED BY 'pw'; GRANT SELECT ON {name}.* TO 'surveyor'@'%'"
        ));
        let found = survey(&server.url_as("surveyor", "pw", &name)).await;
        assert_eq!(found.backend, Backend::MySql);
        assert_eq!(found.rights, Rights { can_write: false, can_create: false });
        assert_eq!((found.character_set.as_str(), found.is_unicode_complete()), ("utf8mb3", false));
        server.execute(&format!("GRANT INSERT, UPDATE, DELETE ON {name}.* TO 'surveyor'@'%'"));
        let found = survey(&server.url_as("surveyor", "pw", &name)).await;
        assert_eq!(found.rights, Rights { can_write: true, can_create: false });
    }
    if let Some(server) = postgres_server() {
        let name = server.create_database();
        server.execute(&name, &openfire::database(34, Flavour::Postgres));
        server.execute(
            &name,
            "CREATE USER surveyor PASSWORD 'pw'; REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO surveyor",
        );
        let found = survey(&server.url_as("surveyor", "pw", &name)).await;
        assert_eq!(found.rights, Rights { can_write: false, can_create: false });
        server.execute(&name, "GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO surveyor");
        let found = survey(&server.url_as("surveyor", "pw", &name)).await;
        assert_eq!(found.rights, Rights { can_write: true, can_create: false });
        assert_eq!(found.character_set, "UTF8");
    }
}
