//! The statements that SQLite writes differently.

use crate::backend::Dialect;

pub(super) static DIALECT: Dialect = Dialect {
    // `BEGIN IMMEDIATE` holds the lock of the whole file already.
    lock_user: "SELECT username FROM ofUser WHERE username = ?",
    select_offline_size: "SELECT CAST(COALESCE(SUM(messageSize), 0) AS INTEGER) FROM ofOffline WHERE username = ?",
    upsert_user_property: "INSERT INTO ofUserProp (username, name, propValue) VALUES (?, ?, ?) \
        ON CONFLICT (username, name) DO UPDATE SET propValue = excluded.propValue",
    upsert_property: "INSERT INTO ofProperty (name, propValue) VALUES (?, ?) \
        ON CONFLICT (name) DO UPDATE SET propValue = excluded.propValue",
    upsert_clear_property: "INSERT INTO ofProperty (name, propValue, encrypted) VALUES (?, ?, 0) \
        ON CONFLICT (name) DO UPDATE SET propValue = excluded.propValue, encrypted = 0",
    upsert_vcard: "INSERT INTO ofVCard (username, vcard) VALUES (?, ?) \
        ON CONFLICT (username) DO UPDATE SET vcard = excluded.vcard",
    upsert_private: "INSERT INTO ofPrivate (username, name, namespace, privateData) VALUES (?, ?, ?, ?) \
        ON CONFLICT (username, name, namespace) DO UPDATE SET privateData = excluded.privateData",
    upsert_private_fallback: "INSERT INTO cobnutPrivate (username, name, namespace, privateData) \
        VALUES (?, ?, ?, ?) \
        ON CONFLICT (username, name, namespace) DO UPDATE SET privateData = excluded.privateData",
    upsert_presence: "INSERT INTO ofPresence (username, offlinePresence, offlineDate) VALUES (?, ?, ?) \
        ON CONFLICT (username) DO UPDATE SET offlinePresence = excluded.offlinePresence, \
        offlineDate = excluded.offlineDate",
    create_user_scram: "CREATE TABLE IF NOT EXISTS cobnutUserScram (\
        username VARCHAR(64) NOT NULL, mechanism VARCHAR(32) NOT NULL, storedKey VARCHAR(255) NOT NULL, \
        serverKey VARCHAR(255) NOT NULL, salt VARCHAR(255) NOT NULL, iterations INTEGER NOT NULL, \
        sha1Salt VARCHAR(255) NOT NULL, PRIMARY KEY (username, mechanism))",
    create_private: "CREATE TABLE IF NOT EXISTS cobnutPrivate (\
        username VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL, namespace VARCHAR(200) NOT NULL, \
        privateData TEXT NOT NULL, PRIMARY KEY (username, name, namespace))",
};
