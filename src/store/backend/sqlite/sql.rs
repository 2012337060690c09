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
    create_node: "CREATE TABLE IF NOT EXISTS cobnutNode (\
        nodeID VARCHAR(36) NOT NULL, address VARCHAR(255) NOT NULL, clusterName VARCHAR(255) NOT NULL, \
        seenAt BIGINT NOT NULL, PRIMARY KEY (nodeID))",
    upsert_node: "INSERT INTO cobnutNode (nodeID, address, clusterName, seenAt) VALUES (?, ?, ?, CAST(strftime('%s', 'now') AS INTEGER)) \
        ON CONFLICT (nodeID) DO UPDATE SET address = excluded.address, clusterName = excluded.clusterName, \
        seenAt = excluded.seenAt",
    select_nodes: "SELECT nodeID, address, clusterName, CAST(strftime('%s', 'now') AS INTEGER) - seenAt FROM cobnutNode ORDER BY nodeID",
    delete_old_nodes: "DELETE FROM cobnutNode WHERE seenAt < CAST(strftime('%s', 'now') AS INTEGER) - ?",
    create_archive: "CREATE TABLE IF NOT EXISTS cobnutArchive (\
        owner VARCHAR(64) NOT NULL, id BIGINT NOT NULL, peer VARCHAR(512) NOT NULL, \
        resource VARCHAR(1023) NOT NULL, stanza TEXT NOT NULL, PRIMARY KEY (owner, id), \
        UNIQUE (owner, peer, id), UNIQUE (id, owner))",
    insert_archived: "INSERT INTO cobnutArchive (owner, id, peer, resource, stanza) \
        SELECT username, ?, ?, ?, ? FROM ofUser WHERE username = ? ON CONFLICT DO NOTHING",
};
