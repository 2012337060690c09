-- The tables of schema version 34 (Openfire 4.7.4 to 4.9.2) that the store works with, and a few rows.

CREATE TABLE ofUser (
    username VARCHAR(64) NOT NULL, storedKey VARCHAR(32), serverKey VARCHAR(32), salt VARCHAR(32),
    iterations INTEGER, plainPassword VARCHAR(32), encryptedPassword VARCHAR(255), name VARCHAR(100),
    email VARCHAR(100), creationDate CHAR(15) NOT NULL, modificationDate CHAR(15) NOT NULL,
    PRIMARY KEY (username)
);
CREATE TABLE ofUserProp (
    username VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL, propValue TEXT NOT NULL,
    PRIMARY KEY (username, name)
);
CREATE TABLE ofUserFlag (
    username VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL, startTime CHAR(15), endTime CHAR(15),
    PRIMARY KEY (username, name)
);
CREATE TABLE ofPresence (
    username VARCHAR(64) NOT NULL, offlinePresence TEXT, offlineDate CHAR(15) NOT NULL, PRIMARY KEY (username)
);
CREATE TABLE ofRoster (
    rosterID BIGINT NOT NULL, username VARCHAR(64) NOT NULL, jid VARCHAR(1024) NOT NULL, sub TINYINT NOT NULL,
    ask TINYINT NOT NULL, recv TINYINT NOT NULL, nick VARCHAR(255), stanza TEXT, PRIMARY KEY (rosterID)
);
CREATE TABLE ofRosterGroups (
    rosterID BIGINT NOT NULL, `rank` TINYINT NOT NULL, groupName VARCHAR(255) NOT NULL,
    PRIMARY KEY (rosterID, `rank`)
);
CREATE TABLE ofGroupUser (
    groupName VARCHAR(50) NOT NULL, username VARCHAR(100) NOT NULL, administrator TINYINT NOT NULL,
    PRIMARY KEY (groupName, username, administrator)
);
CREATE TABLE ofOffline (
    username VARCHAR(64) NOT NULL, messageID BIGINT NOT NULL, creationDate CHAR(15) NOT NULL,
    messageSize INTEGER NOT NULL, stanza TEXT NOT NULL, PRIMARY KEY (username, messageID)
);
CREATE TABLE ofVCard (username VARCHAR(64) NOT NULL, vcard TEXT NOT NULL, PRIMARY KEY (username));
CREATE TABLE ofPrivacyList (
    username VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL, isDefault TINYINT NOT NULL, list TEXT NOT NULL,
    PRIMARY KEY (username, name)
);
CREATE TABLE ofProperty (
    name VARCHAR(100) NOT NULL, propValue TEXT NOT NULL, encrypted INTEGER, iv CHAR(24), PRIMARY KEY (name)
);
CREATE TABLE ofVersion (name VARCHAR(50) NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (name));
CREATE TABLE ofID (idType INTEGER NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (idType));

INSERT INTO ofVersion (name, version) VALUES ('openfire', 34);
INSERT INTO ofID (idType, id) VALUES (18, 1001), (19, 2);
INSERT INTO ofProperty (name, propValue, encrypted) VALUES
    ('xmpp.domain', 'example.org', NULL), ('passwordKey', 'k', 0), ('secret', 'ciphertext', 1);
-- As the setup leaves it: never logged in, no keys, dates of a time that nobody knows.
INSERT INTO ofUser (username, plainPassword, name, email, creationDate, modificationDate)
    VALUES ('admin', 'admin', 'Administrator', 'admin@example.com', '0', '0');
INSERT INTO ofUser (username, storedKey, serverKey, salt, iterations, encryptedPassword, creationDate, modificationDate)
    VALUES ('bob', 'BgYGBgYGBgYGBgYGBgYGBgYGBgY=', 'BQUFBQUFBQUFBQUFBQUFBQUFBQU=',
            'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH', 4096, 'c0ffee', '001735689600000', '001735689600001');
INSERT INTO ofUserFlag (username, name, startTime, endTime) VALUES ('admin', 'lockout', NULL, NULL);
INSERT INTO ofUserFlag (username, name, startTime, endTime)
    VALUES ('bob', 'lockout', '001000000000000', '001000000000001');
INSERT INTO ofRoster (rosterID, username, jid, sub, ask, recv, nick, stanza) VALUES
    (1, 'bob', 'eve@example.org', 3, -1, -1, 'Eve', NULL),
    (2, 'bob', 'stranger@example.org', 0, -1, 1, NULL, '<presence/>'),
    (3, 'bob', 'eve@example.org', 0, -1, -1, 'Twice', NULL),
    (4, 'bob', 'not a jid@@', 0, -1, -1, NULL, NULL);
INSERT INTO ofRosterGroups (rosterID, `rank`, groupName) VALUES (1, 1, 'B'), (1, 0, 'Z'), (3, 0, 'Other');
INSERT INTO ofOffline (username, messageID, creationDate, messageSize, stanza)
    VALUES ('bob', 1, '001735689600000', 10, '<message/>');
