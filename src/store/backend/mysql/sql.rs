//! The statements that MySQL and MariaDB write differently.
//!
//! `VALUES(column)` is deprecated in MySQL 8 and the only form that MariaDB knows as well.

use crate::backend::Dialect;

pub(super) static DIALECT: Dialect = Dialect {
    lock_user: "SELECT username FROM ofUser WHERE username = ? FOR UPDATE",
    select_offline_size: "SELECT CAST(COALESCE(SUM(messageSize), 0) AS SIGNED) FROM ofOffline WHERE username = ?",
    upsert_user_property: "INSERT INTO ofUserProp (username, name, propValue) VALUES (?, ?, ?) \
        ON DUPLICATE KEY UPDATE propValue = VALUES(propValue)",
    upsert_property: "INSERT INTO ofProperty (name, propValue) VALUES (?, ?) \
        ON DUPLICATE KEY UPDATE propValue = VALUES(propValue)",
    upsert_clear_property: "INSERT INTO ofProperty (name, propValue, encrypted) VALUES (?, ?, 0) \
        ON DUPLICATE KEY UPDATE propValue = VALUES(propValue), encrypted = 0",
    upsert_vcard: "INSERT INTO ofVCard (username, vcard) VALUES (?, ?) \
        ON DUPLICATE KEY UPDATE vcard = VALUES(vcard)",
    upsert_private: "INSERT INTO ofPrivate (username, name, namespace, privateData) VALUES (?, ?, ?, ?) \
        ON DUPLICATE KEY UPDATE privateData = VALUES(privateData)",
    upsert_private_fallback: "INSERT INTO cobnutPrivate (username, name, namespace, privateData) \
        VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE privateData = VALUES(privateData)",
    upsert_presence: "INSERT INTO ofPresence (username, offlinePresence, offlineDate) VALUES (?, ?, ?) \
        ON DUPLICATE KEY UPDATE offlinePresence = VALUES(offlinePresence), offlineDate = VALUES(offlineDate)",
    create_user_scram: "CREATE TABLE IF NOT EXISTS cobnutUserScram (\
        username VARCHAR(64) NOT NULL, mechanism VARCHAR(32) NOT NULL, storedKey VARCHAR(255) NOT NULL, \
        serverKey VARCHAR(255) NOT NULL, salt VARCHAR(255) NOT NULL, iterations INTEGER NOT NULL, \
        sha1Salt VARCHAR(255) NOT NULL, PRIMARY KEY (username, mechanism)) \
        ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    create_private: "CREATE TABLE IF NOT EXISTS cobnutPrivate (\
        username VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL, namespace VARCHAR(200) NOT NULL, \
        privateData MEDIUMTEXT NOT NULL, PRIMARY KEY (username, name, namespace)) \
        ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    create_node: "CREATE TABLE IF NOT EXISTS cobnutNode (\
        nodeID VARCHAR(36) NOT NULL, address VARCHAR(255) NOT NULL, clusterName VARCHAR(255) NOT NULL, \
        seenAt BIGINT NOT NULL, PRIMARY KEY (nodeID))",
    upsert_node: "INSERT INTO cobnutNode (nodeID, address, clusterName, seenAt) VALUES (?, ?, ?, CAST(UNIX_TIMESTAMP() AS SIGNED)) \
        ON DUPLICATE KEY UPDATE address = VALUES(address), clusterName = VALUES(clusterName), seenAt = VALUES(seenAt)",
    select_nodes: "SELECT nodeID, address, clusterName, CAST(UNIX_TIMESTAMP() AS SIGNED) - seenAt FROM cobnutNode ORDER BY nodeID",
    delete_old_nodes: "DELETE FROM cobnutNode WHERE seenAt < CAST(UNIX_TIMESTAMP() AS SIGNED) - ?",
    create_archive: "CREATE TABLE IF NOT EXISTS cobnutArchive (\
        owner VARCHAR(64) NOT NULL, id BIGINT NOT NULL, peer VARCHAR(512) NOT NULL, \
        resource VARCHAR(1023) NOT NULL, stanza MEDIUMTEXT NOT NULL, PRIMARY KEY (owner, id), \
        UNIQUE (owner, peer, id), UNIQUE (id, owner)) \
        ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    insert_archived: "INSERT INTO cobnutArchive (owner, id, peer, resource, stanza) \
        SELECT username, ?, ?, ?, ? FROM ofUser WHERE username = ? \
        ON DUPLICATE KEY UPDATE cobnutArchive.id = cobnutArchive.id",
};
