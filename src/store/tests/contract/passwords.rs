//! Passwords and properties that Openfire encrypted.

use cobnut_openfire::{Algorithm, Encryption, Kdf, UserPasswords};
use cobnut_store::{Credentials, Store, SystemProperty};

use crate::fixture::{Database, both_keys, create, execute, number};
use crate::openfire::{self, Flavour};

/// The property `passwordKey` of the databases.
const PASSWORD_KEY: &str = "YJ1nKWyrMeGvTKu";

async fn credentials(store: &Store, name: &str) -> Credentials {
    store.credentials(name).await.expect("credentials").expect("account")
}

async fn openfire_database(database: &Database, version: u32) -> Store {
    execute(&database.url, &openfire::database(version, Flavour::of_url(&database.url))).await;
    database.open().await
}

pub(crate) async fn readable_passwords_are_read_and_kept_as_openfire_would(database: Database) {
    let store = openfire_database(&database, 34).await;
    // By default it is encrypted again, and a clear one as well.
    for (name, password) in [("erik", "password"), ("paula", "sesame")] {
        assert!(store.adopt_password(name, password, &both_keys(1)).await.expect("adopt"));
        let found = credentials(&store, name).await;
        assert_eq!((&found.keys, &found.plain_password), (&both_keys(1), &None));
        let cipher = UserPasswords::new(PASSWORD_KEY, &Kdf::Sha1);
        let stored = found.encrypted_password.clone().expect("encrypted");
        assert_eq!(cipher.candidates(&stored), [password], "as Openfire reads it");
        assert_eq!(store.readable_passwords(&found).await.expect("readable"), [password]);
    }
    store.set_property("user.usePlainPassword", Some("true")).await.expect("set");
    assert!(store.adopt_password("erik", "password", &both_keys(2)).await.expect("adopt"));
    assert_eq!(credentials(&store, "erik").await.plain_password.as_deref(), Some("password"));
    let long = "x".repeat(33);
    assert!(store.adopt_password("erik", &long, &both_keys(2)).await.expect("adopt"));
    assert!(!credentials(&store, "erik").await.has_readable_password(), "too long for the column");
    store.set_property("user.scramHashedPasswordOnly", Some("true")).await.expect("set");
    assert!(store.adopt_password("paula", "sesame", &both_keys(3)).await.expect("adopt"));
    let found = credentials(&store, "paula").await;
    assert_eq!((&found.keys, found.has_readable_password()), (&both_keys(3), false));
    assert!(store.is_scram_only().await.expect("policy"));
    assert!(!store.adopt_password("nobody", "x", &both_keys(3)).await.expect("adopt"));
    store.close().await;

    // Under the key derivation of 5.1, the passwords of before are still read, and new ones are written the new way.
    let kdf = Kdf::Pbkdf2 { salt: (0..32).collect() };
    let encryption = Encryption::with(Algorithm::Blowfish, None, kdf.clone(), Vec::new());
    let store = Store::open_with(&database.url, encryption).await.expect("open");
    store.set_property("user.usePlainPassword", None).await.expect("set");
    store.set_property("user.scramHashedPasswordOnly", None).await.expect("set");
    let before = "UPDATE ofUser SET plainPassword = NULL, \
        encryptedPassword = 'd8835ca5c85385d31b06e30d0479559f241d3c6c9bfe37b5a2ee228a258a73b8'";
    execute(&database.url, before).await;
    let found = credentials(&store, "erik").await;
    assert_eq!(store.readable_passwords(&found).await.expect("readable"), ["password"]);
    assert!(store.adopt_password("erik", "new", &both_keys(3)).await.expect("adopt"));
    let stored = credentials(&store, "erik").await.encrypted_password.expect("encrypted");
    assert_eq!(UserPasswords::new(PASSWORD_KEY, &kdf).candidates(&stored)[0], "new");
    // A database without the key gets one, once.
    store.set_property("passwordKey", None).await.expect("remove");
    assert!(store.adopt_password("erik", "newer", &both_keys(3)).await.expect("adopt"));
    let found = credentials(&store, "erik").await;
    assert_eq!(store.readable_passwords(&found).await.expect("readable"), ["newer"]);
    assert_eq!(
        store.system_property("passwordKey").await.expect("get").expect("key").value.map(|key| key.len()),
        Some(15)
    );
    store.close().await;
}

pub(crate) async fn encrypted_properties_are_read_and_stay_encrypted(database: Database) {
    for version in [25, 26, 27, 40] {
        let one = database.another();
        let store = openfire_database(&one, version).await;
        if version >= 26 {
            let secret = store.system_property("secret").await.expect("get").expect("secret");
            assert_eq!((secret.value.as_deref(), secret.is_encrypted), (Some("openfire"), true));
            assert!(!format!("{secret:?}").contains("openfire"));
            store.set_property("secret", Some("changed")).await.expect("set");
            let is_encrypted =
                "SELECT COUNT(*) FROM ofProperty WHERE encrypted = 1 AND propValue NOT LIKE '%changed%'";
            assert_eq!(number(&one.url, is_encrypted).await, 1);
            let all = store.system_properties().await.expect("properties");
            let secret = all.iter().find(|property| property.name == "secret").expect("secret");
            assert_eq!(secret.value.as_deref(), Some("changed"));
        }
        store.set_property("clear", Some("text")).await.expect("set");
        let clear: Vec<String> =
            store.properties().await.expect("clear").into_iter().map(|(name, _)| name).collect();
        assert_eq!(clear, ["clear", "passwordKey", "xmpp.domain"], "version {version}");
        store.close().await;
    }
    let aes = || Encryption::with(Algorithm::Aes, Some("mySecretKey"), Kdf::Sha1, vec!["listed".to_owned()]);
    execute(&database.url, &openfire::tables(34, Flavour::of_url(&database.url))).await;
    execute(
        &database.url,
        "INSERT INTO ofVersion (name, version) VALUES ('openfire', 34);
        INSERT INTO ofProperty (name, propValue, encrypted, iv) VALUES
            ('cbc', 'scRuj1FuYGw2LQHuCE5piQ==', 1, 'EBESExQVFhcYGRobHB0eHw=='),
            ('fixed', '4m9CLWvzypCuxEWH/O3tyw==', 1, NULL),
            ('foreign', 'CTgul7zU8g62xzBkcB55tw==', 1, NULL),
            ('gcm', 'QsMKuFBt6102Hr8F5xdUo3whwjVIOCoF', 1, 'EBESExQVFhcYGRobHB0eHw=='),
            ('listed', '4m9CLWvzypCuxEWH/O3tyw==', 0, NULL)",
    )
    .await;
    let store = Store::open_with(&database.url, aes()).await.expect("open");
    let property = |name: &str, value: Option<&str>| SystemProperty {
        name: name.to_owned(),
        value: value.map(str::to_owned),
        is_encrypted: true,
    };
    let known = ["cbc", "fixed", "gcm", "listed"].map(|name| property(name, Some("openfire")));
    let mut all = known.to_vec();
    all.insert(2, property("foreign", None));
    assert_eq!(store.system_properties().await.expect("properties"), all);
    assert_eq!(store.properties().await.expect("properties"), []);
    store.set_property("gcm", Some("changed")).await.expect("set");
    let changed = store.system_property("gcm").await.expect("get").expect("gcm");
    assert_eq!(changed, property("gcm", Some("changed")));
    store.close().await;
}

pub(crate) async fn a_database_of_ours_keeps_no_readable_password(database: Database) {
    let store = database.open().await;
    create(&store, "bob").await;
    execute(&database.url, "UPDATE ofUser SET plainPassword = 'sesame'").await;
    assert!(store.adopt_password("bob", "sesame", &both_keys(1)).await.expect("adopt"));
    let found = credentials(&store, "bob").await;
    assert_eq!((&found.keys, found.has_readable_password()), (&both_keys(1), false));
    assert!(store.is_scram_only().await.expect("policy"));
    execute(&database.url, "UPDATE ofUser SET plainPassword = 'sesame'").await;
    store.forget_readable_password("bob").await.expect("forget");
    let found = credentials(&store, "bob").await;
    assert_eq!((&found.keys, found.has_readable_password()), (&both_keys(1), false));
    store.close().await;
}
