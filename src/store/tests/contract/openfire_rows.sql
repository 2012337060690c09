-- What people have in a database of Openfire; the marks are those of openfire_tables.sql.
INSERT INTO ofVersion (name, version) VALUES ('openfire', $VERSION), ('someplugin', 3);
INSERT INTO ofID (idType, id) VALUES (18, 1001), (19, 2), (23, 3), (26, 2);
INSERT INTO ofID (idType, id) VALUES (27, 1); --@ 30-
INSERT INTO ofProperty (name, propValue) VALUES ('xmpp.domain', 'example.org'), ('passwordKey', 'YJ1nKWyrMeGvTKu');
INSERT INTO ofProperty (name, propValue, encrypted) VALUES ('secret', '010203040506070876b8e46b2786059e8304b481669891fde6d6acc5a1094c83', 1); --@ 26-
-- As the setup leaves it: never logged in, no keys, dates of a time that nobody knows.
INSERT INTO ofUser (username, plainPassword, name, email, creationDate, modificationDate)
    VALUES ('admin', 'admin', 'Administrator', 'admin@example.com', '0', '0');
INSERT INTO ofUser (username, encryptedPassword, creationDate, modificationDate)
    VALUES ('bob', 'c0ffee', '001735689600000', '001735689600001');
INSERT INTO ofUser (username, plainPassword, creationDate, modificationDate) VALUES ('paula', 'sesame', '0', '0');
INSERT INTO ofUser (username, encryptedPassword, creationDate, modificationDate)
    VALUES ('erik', 'd8835ca5c85385d31b06e30d0479559f241d3c6c9bfe37b5a2ee228a258a73b8', '0', '0');
INSERT INTO ofUser (username, creationDate, modificationDate) VALUES ('sara', '0', '0');
UPDATE ofUser SET storedKey = 'DRWTcPsSPIVKuCT0J6AM0NebRcc=', serverKey = 'wLYG8utMDwjOsrFYIoakyYDREps=', salt = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYX', iterations = 4096 WHERE username = 'sara'; --@ -38
INSERT INTO ofUserScram (username, mechanism, storedKey, serverKey, salt, iterations) VALUES ('sara', 'SCRAM-SHA-1', 'DRWTcPsSPIVKuCT0J6AM0NebRcc=', 'wLYG8utMDwjOsrFYIoakyYDREps=', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYX', 4096); --@ 39-
UPDATE ofUser SET storedKey = 'BgYGBgYGBgYGBgYGBgYGBgYGBgY=', serverKey = 'BQUFBQUFBQUFBQUFBQUFBQUFBQU=', salt = 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH', iterations = 4096 WHERE username = 'bob'; --@ -38
INSERT INTO ofUserScram (username, mechanism, storedKey, serverKey, salt, iterations) VALUES ('bob', 'SCRAM-SHA-1', 'BgYGBgYGBgYGBgYGBgYGBgYGBgY=', 'BQUFBQUFBQUFBQUFBQUFBQUFBQU=', 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH', 4096); --@ 39-
INSERT INTO ofUserFlag (username, name, startTime, endTime) VALUES ('admin', 'lockout', NULL, NULL);
INSERT INTO ofUserFlag (username, name, startTime, endTime)
    VALUES ('bob', 'lockout', '001000000000000', '001000000000001');
INSERT INTO ofRoster (rosterID, username, jid, sub, ask, recv, nick) VALUES
    (1, 'bob', 'eve@example.org', 3, -1, -1, 'Eve'), (2, 'bob', 'stranger@example.org', 0, -1, 1, NULL),
    (3, 'bob', 'eve@example.org', 0, -1, -1, 'Twice'), (4, 'bob', 'not a jid@@', 0, -1, -1, NULL);
UPDATE ofRoster SET stanza = '<presence/>' WHERE rosterID = 2; --@ 33-
INSERT INTO ofRosterGroups (rosterID, `rank`, groupName) VALUES (1, 1, 'B'), (1, 0, 'Z'), (3, 0, 'Other');
INSERT INTO ofOffline (username, messageID, creationDate, messageSize, stanza)
    VALUES ('bob', 1, '001735689600000', 10, '<message/>');
INSERT INTO ofUserProp (username, name, propValue) VALUES ('bob', 'console.rows_per_page', 'user-summary=25');
INSERT INTO ofPresence (username, offlinePresence, offlineDate) VALUES ('bob', NULL, '001735689600000');
INSERT INTO ofVCard (username, vcard) VALUES ('bob', '<vCard xmlns="vcard-temp"><FN>Bob</FN></vCard>');
INSERT INTO ofPrivate (username, name, namespace, privateData) VALUES ('bob', 'storage', 'storage:bookmarks', '<storage xmlns="storage:bookmarks"/>'); --@ -28
INSERT INTO ofPrivacyList (username, name, isDefault, list) VALUES ('bob', 'l', 1, '<list name="l"/>');
INSERT INTO ofGroup (groupName, description) VALUES ('Sales', 'All of sales'), ('Empty', NULL);
INSERT INTO ofGroupProp (groupName, name, propValue) VALUES
    ('Sales', 'sharedRoster.showInRoster', 'onlyGroup'), ('Sales', 'sharedRoster.displayName', 'Sales team'),
    ('Sales', 'sharedRoster.groupList', '');
INSERT INTO ofGroupUser (groupName, username, administrator) VALUES
    ('Sales', 'bob', 0), ('Sales', 'admin', 1), ('Sales', 'eve@example.net', 0);
INSERT INTO ofMucService (serviceID, subdomain, description, isHidden) VALUES (1, 'conference', NULL, 0);
INSERT INTO ofMucServiceProp (serviceID, name, propValue) VALUES (1, 'create.anyone', 'true');
INSERT INTO ofMucRoom (serviceID, roomID, creationDate, modificationDate, name, naturalName, description, lockedDate,
    emptyDate, canChangeSubject, maxUsers, publicRoom, moderated, membersOnly, canInvite, roomPassword,
    canDiscoverJID, logEnabled, $RETIRE subject, rolesToBroadcast, useReservedNick, canChangeNick,
    canRegister)
    VALUES (1, 1, '001735689600000', '001735689600001', 'lobby', 'The lobby', 'Everybody', '000000000000000',
    NULL, 1, 30, 1, 0, 0, 1, NULL, 1, 1, $RETIREVALUES 'Welcome', 7, 0, 1, 1),
    (1, 2, '001735689600000', '001735689600001', 'vault', 'The vault', NULL, '001735689600002',
    '001735689600003', 0, 0, 0, 1, 1, 0, 'pw', 0, 0, $RETIREVALUES NULL, 4, 1, 0, 0);
UPDATE ofMucRoom SET allowpm = 2 WHERE roomID = 2; --@ 23-
INSERT INTO ofMucRoomProp (roomID, name, propValue) VALUES (1, 'color', 'green');
INSERT INTO ofMucAffiliation (roomID, jid, affiliation) VALUES
    (1, 'admin@example.org', 10), (1, 'eve@example.net', 40), (2, 'bob@example.org', 20);
INSERT INTO ofMucMember (roomID, jid, nickname) VALUES (2, 'carol@example.org', 'Carol');
INSERT INTO ofPubsubNode (serviceID, nodeID, leaf, creationDate, modificationDate, deliverPayloads,
    notifyConfigChanges, notifyDelete, notifyRetract, presenceBased, sendItemSubscribe, publisherModel,
    subscriptionEnabled, configSubscription, accessModel, creator)
    VALUES ('bob@example.org', 'storage:bookmarks', 1, '001735689600000', '001735689600000', 1, 1, 1, 1, 0, 1,
    'publishers', 1, 0, 'whitelist', 'bob@example.org');
INSERT INTO ofPubsubItem (serviceID, nodeID, id, jid, creationDate, payload) VALUES ('bob@example.org', 'storage:bookmarks', 'current', 'bob@example.org', '001735689600000', '<storage xmlns="storage:bookmarks"/>'); --@ 29-
