//! The statements that PostgreSQL writes differently.

use crate::backend::{Dialect, sql};

pub(super) static DIALECT: Dialect = Dialect {
    lock_user: sql!("SELECT username FROM ofUser WHERE username = ? FOR UPDATE").numbered,
    select_offline_size: sql!(
        "SELECT CAST(COALESCE(SUM(messageSize), 0) AS BIGINT) FROM ofOffline WHERE username = ?"
    )
    .numbered,
    upsert_user_property: sql!(
        "INSERT INTO ofUserProp (username, name, propValue) VALUES (?, ?, ?) \
        ON CONFLICT (username, name) DO UPDATE SET propValue = excluded.propValue"
    )
    .numbered,
    upsert_property: sql!(
        "INSERT INTO ofProperty (name, propValue) VALUES (?, ?) \
        ON CONFLICT (name) DO UPDATE SET propValue = excluded.propValue"
    )
    .numbered,
    upsert_clear_property: sql!(
        "INSERT INTO ofProperty (name, propValue, encrypted) VALUES (?, ?, 0) \
        ON CONFLICT (name) DO UPDATE SET propValue = excluded.propValue, encrypted = 0"
    )
    .numbered,
    upsert_vcard: sql!(
        "INSERT INTO ofVCard (username, vcard) VALUES (?, ?) \
        ON CONFLICT (username) DO UPDATE SET vcard = excluded.vcard"
    )
    .numbered,
    upsert_private: sql!(
        "INSERT INTO ofPrivate (username, name, namespace, privateData) VALUES (?, ?, ?, ?) \
        ON CONFLICT (username, name, namespace) DO UPDATE SET privateData = excluded.privateData"
    )
    .numbered,
    upsert_private_fallback: sql!(
        "INSERT INTO cobnutPrivate (username, name, namespace, privateData) \
        VALUES (?, ?, ?, ?) \
        ON CONFLICT (username, name, namespace) DO UPDATE SET privateData = excluded.privateData"
    )
    .numbered,
    upsert_presence: sql!(
        "INSERT INTO ofPresence (username, offlinePresence, offlineDate) VALUES (?, ?, ?) \
        ON CONFLICT (username) DO UPDATE SET offlinePresence = excluded.offlinePresence, \
        offlineDate = excluded.offlineDate"
    )
    .numbered,
    create_user_scram: sql!(
        "CREATE TABLE IF NOT EXISTS cobnutUserScram (\
        username VARCHAR(64) NOT NULL, mechanism VARCHAR(32) NOT NULL, storedKey VARCHAR(255) NOT NULL, \
        serverKey VARCHAR(255) NOT NULL, salt VARCHAR(255) NOT NULL, iterations INTEGER NOT NULL, \
        sha1Salt VARCHAR(255) NOT NULL, PRIMARY KEY (username, mechanism))"
    )
    .numbered,
    create_private: sql!(
        "CREATE TABLE IF NOT EXISTS cobnutPrivate (\
        username VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL, namespace VARCHAR(200) NOT NULL, \
        privateData TEXT NOT NULL, PRIMARY KEY (username, name, namespace))"
    )
    .numbered,
    create_node: sql!("CREATE TABLE IF NOT EXISTS cobnutNode (\
        nodeID VARCHAR(36) NOT NULL, address VARCHAR(255) NOT NULL, clusterName VARCHAR(255) NOT NULL, \
        seenAt BIGINT NOT NULL, PRIMARY KEY (nodeID))").numbered,
    upsert_node: sql!("INSERT INTO cobnutNode (nodeID, address, clusterName, seenAt) VALUES (?, ?, ?, CAST(EXTRACT(EPOCH FROM now()) AS BIGINT)) \
        ON CONFLICT (nodeID) DO UPDATE SET address = excluded.address, clusterName = excluded.clusterName, \
        seenAt = excluded.seenAt").numbered,
    select_nodes: sql!("SELECT nodeID, address, clusterName, CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) - seenAt FROM cobnutNode ORDER BY nodeID").numbered,
    delete_old_nodes: sql!("DELETE FROM cobnutNode WHERE seenAt < CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) - ?").numbered,
    create_archive: sql!("CREATE TABLE IF NOT EXISTS cobnutArchive (\
        owner VARCHAR(64) NOT NULL, id BIGINT NOT NULL, peer VARCHAR(512) NOT NULL, \
        resource VARCHAR(1023) NOT NULL, stanza TEXT NOT NULL, PRIMARY KEY (owner, id), \
        UNIQUE (owner, peer, id), UNIQUE (id, owner))").numbered,
    insert_archived: sql!(
        "INSERT INTO cobnutArchive (owner, id, peer, resource, stanza) \
        SELECT username, CAST(? AS BIGINT), ?, ?, ? FROM ofUser WHERE username = ? ON CONFLICT DO NOTHING"
    )
    .numbered,
};
