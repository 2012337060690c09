-- The tables of Openfire's schema versions 22 to 40. A comment `--@` at the end of a line says when the line counts:
-- `26-` since version 26, `-28` up to it, `mysql` on that engine only. Words that begin with a dollar sign are types
-- that differ between engines.
CREATE TABLE ofUser (
    username VARCHAR(64) NOT NULL,
    storedKey VARCHAR(32), serverKey VARCHAR(32), salt VARCHAR(32), iterations INTEGER, --@ -39
    plainPassword VARCHAR(32), encryptedPassword VARCHAR(255), name VARCHAR(100), email VARCHAR(100),
    creationDate CHAR(15) NOT NULL, modificationDate CHAR(15) NOT NULL,
    PRIMARY KEY (username)
)$ENGINE;
CREATE INDEX ofUser_cDate_idx ON ofUser (creationDate);
CREATE TABLE ofUserScram (username VARCHAR(64) NOT NULL, mechanism VARCHAR(32) NOT NULL, storedKey VARCHAR(255), serverKey VARCHAR(255), salt VARCHAR(255), iterations INTEGER NOT NULL, PRIMARY KEY (username, mechanism))$ENGINE; --@ 39-
CREATE TABLE ofUserProp (
    username VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL, propValue TEXT NOT NULL,
    PRIMARY KEY (username, name)
)$ENGINE;
CREATE TABLE ofUserFlag (
    username VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL, startTime CHAR(15), endTime CHAR(15),
    PRIMARY KEY (username, name)
)$ENGINE;
CREATE TABLE ofPresence (
    username VARCHAR(64) NOT NULL, offlinePresence TEXT, offlineDate CHAR(15) NOT NULL, PRIMARY KEY (username)
)$ENGINE;
CREATE TABLE ofRoster (
    rosterID $ID NOT NULL, username VARCHAR(64) NOT NULL, jid VARCHAR(1024) NOT NULL, sub $FLAG NOT NULL,
    ask $FLAG NOT NULL, recv $FLAG NOT NULL, nick VARCHAR(255),
    stanza TEXT, --@ 33-
    PRIMARY KEY (rosterID)
)$ENGINE;
CREATE INDEX ofRoster_username_idx ON ofRoster (username);
CREATE TABLE ofRosterGroups (
    rosterID $ID NOT NULL, `rank` $FLAG NOT NULL, groupName VARCHAR(255) NOT NULL,
    PRIMARY KEY (rosterID, `rank`)
)$ENGINE;
ALTER TABLE ofRosterGroups ADD CONSTRAINT ofRosterGroups_rosterID_fk FOREIGN KEY (rosterID) REFERENCES ofRoster INITIALLY DEFERRED DEFERRABLE; --@ postgres
CREATE TABLE ofGroup (groupName VARCHAR(50) NOT NULL, description VARCHAR(255), PRIMARY KEY (groupName))$ENGINE;
CREATE TABLE ofGroupProp (
    groupName VARCHAR(50) NOT NULL, name VARCHAR(100) NOT NULL, propValue TEXT NOT NULL,
    PRIMARY KEY (groupName, name)
)$ENGINE;
CREATE TABLE ofGroupUser (
    groupName VARCHAR(50) NOT NULL, username VARCHAR(100) NOT NULL, administrator $FLAG NOT NULL,
    PRIMARY KEY (groupName, username, administrator)
)$ENGINE;
CREATE TABLE ofOffline (
    username VARCHAR(64) NOT NULL, messageID $ID NOT NULL, creationDate CHAR(15) NOT NULL,
    messageSize INTEGER NOT NULL, stanza TEXT NOT NULL, PRIMARY KEY (username, messageID)
)$ENGINE;
CREATE TABLE ofVCard (username VARCHAR(64) NOT NULL, vcard $MEDIUM NOT NULL, PRIMARY KEY (username))$ENGINE;
CREATE TABLE ofPrivate (username VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL, namespace VARCHAR(200) NOT NULL, privateData TEXT NOT NULL, PRIMARY KEY (username, name, namespace))$ENGINE; --@ -28
CREATE TABLE ofPrivacyList (
    username VARCHAR(64) NOT NULL, name VARCHAR(100) NOT NULL, isDefault $FLAG NOT NULL, list TEXT NOT NULL,
    PRIMARY KEY (username, name)
)$ENGINE;
CREATE TABLE ofProperty (
    name VARCHAR(100) NOT NULL, propValue $VALUE NOT NULL,
    encrypted INTEGER, --@ 26-
    iv CHAR(24), --@ 27-
    PRIMARY KEY (name)
)$ENGINE;
CREATE TABLE ofVersion (name VARCHAR(50) NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (name))$ENGINE;
CREATE TABLE ofID (idType INTEGER NOT NULL, id $ID NOT NULL, PRIMARY KEY (idType))$ENGINE;
CREATE TABLE ofSecurityAuditLog (
    msgID $ID NOT NULL, username VARCHAR(64) NOT NULL, entryStamp $LONG NOT NULL, summary VARCHAR(255) NOT NULL,
    node VARCHAR(255) NOT NULL, details TEXT, PRIMARY KEY (msgID)
)$ENGINE;
CREATE TABLE ofExtComponentConf (
    subdomain VARCHAR(255) NOT NULL, wildcard $FLAG NOT NULL, secret VARCHAR(255), permission VARCHAR(10) NOT NULL,
    PRIMARY KEY (subdomain)
)$ENGINE;
CREATE TABLE ofRemoteServerConf (
    xmppDomain VARCHAR(255) NOT NULL, remotePort INTEGER, permission VARCHAR(10) NOT NULL, PRIMARY KEY (xmppDomain)
)$ENGINE;
CREATE TABLE ofSASLAuthorized (username VARCHAR(64) NOT NULL, principal $PRINCIPAL NOT NULL, PRIMARY KEY (username, principal$KEY))$ENGINE; --@ -36
CREATE TABLE ofMucService (
    serviceID $ID NOT NULL, subdomain VARCHAR(255) NOT NULL, description VARCHAR(255), isHidden $FLAG NOT NULL,
    PRIMARY KEY (subdomain)
)$ENGINE;
CREATE TABLE ofMucServiceProp (
    serviceID $ID NOT NULL, name VARCHAR(100) NOT NULL, propValue TEXT NOT NULL, PRIMARY KEY (serviceID, name)
)$ENGINE;
CREATE TABLE ofMucRoom (
    serviceID $ID NOT NULL, roomID $ID NOT NULL, creationDate CHAR(15) NOT NULL, modificationDate CHAR(15) NOT NULL,
    name VARCHAR(50) NOT NULL, naturalName VARCHAR(255) NOT NULL, description VARCHAR(255),
    lockedDate CHAR(15) NOT NULL, emptyDate CHAR(15), canChangeSubject $FLAG NOT NULL, maxUsers INTEGER NOT NULL,
    publicRoom $FLAG NOT NULL, moderated $FLAG NOT NULL, membersOnly $FLAG NOT NULL, canInvite $FLAG NOT NULL,
    roomPassword VARCHAR(50), canDiscoverJID $FLAG NOT NULL, logEnabled $FLAG NOT NULL,
    retireOnDeletion $FLAG NOT NULL, --@ 36-
    preserveHistOnDel $FLAG NOT NULL, --@ 35-
    subject VARCHAR(100), --@ -37
    subject TEXT, --@ 38-
    rolesToBroadcast $FLAG NOT NULL, useReservedNick $FLAG NOT NULL, canChangeNick $FLAG NOT NULL,
    canRegister $FLAG NOT NULL,
    allowpm $FLAG, --@ 23-
    fmucEnabled $FLAG, fmucOutboundNode VARCHAR(255), fmucOutboundMode $FLAG, fmucInboundNodes VARCHAR(4000), --@ 32-
    PRIMARY KEY (serviceID, name)
)$ENGINE;
CREATE TABLE ofMucRoomProp (
    roomID $ID NOT NULL, name VARCHAR(100) NOT NULL, propValue TEXT NOT NULL, PRIMARY KEY (roomID, name)
)$ENGINE;
CREATE TABLE ofMucRoomRetiree (serviceID $ID NOT NULL, name VARCHAR(50) NOT NULL, alternateJID VARCHAR(2000), reason VARCHAR(1024), retiredAt TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (serviceID, name))$ENGINE; --@ 36-
CREATE TABLE ofMucAffiliation (
    roomID $ID NOT NULL, jid $ADDRESS NOT NULL, affiliation $FLAG NOT NULL, PRIMARY KEY (roomID, jid$KEY)
)$ENGINE;
CREATE TABLE ofMucMember (
    roomID $ID NOT NULL, jid $ADDRESS NOT NULL, nickname VARCHAR(255), firstName VARCHAR(100), lastName VARCHAR(100),
    url VARCHAR(100), email VARCHAR(100), faqentry VARCHAR(100), PRIMARY KEY (roomID, jid$KEY)
)$ENGINE;
CREATE TABLE ofMucConversationLog (
    roomID $ID NOT NULL,
    messageID $ID NOT NULL, stanza TEXT, --@ 24-
    sender $ADDRESS NOT NULL, nickname VARCHAR(255), logTime CHAR(15) NOT NULL, subject VARCHAR(255), body TEXT
)$ENGINE;
CREATE INDEX ofMucConversationLog_roomtime_idx ON ofMucConversationLog (roomID, logTime); --@ 34-
CREATE TABLE ofPubsubNode (
    serviceID VARCHAR(100) NOT NULL, nodeID VARCHAR(100) NOT NULL, leaf $FLAG NOT NULL, creationDate CHAR(15) NOT NULL,
    modificationDate CHAR(15) NOT NULL, parent VARCHAR(100), deliverPayloads $FLAG NOT NULL, maxPayloadSize INTEGER,
    persistItems $FLAG, maxItems INTEGER, notifyConfigChanges $FLAG NOT NULL, notifyDelete $FLAG NOT NULL,
    notifyRetract $FLAG NOT NULL, presenceBased $FLAG NOT NULL, sendItemSubscribe $FLAG NOT NULL,
    publisherModel VARCHAR(15) NOT NULL, subscriptionEnabled $FLAG NOT NULL, configSubscription $FLAG NOT NULL,
    accessModel VARCHAR(10) NOT NULL, payloadType VARCHAR(100), bodyXSLT VARCHAR(100), dataformXSLT VARCHAR(100),
    creator VARCHAR(255) NOT NULL, description VARCHAR(255), language VARCHAR(255), name VARCHAR(50),
    replyPolicy VARCHAR(15), associationPolicy VARCHAR(15), maxLeafNodes INTEGER, PRIMARY KEY (serviceID, nodeID)
)$ENGINE;
CREATE TABLE ofPubsubNodeJIDs (
    serviceID VARCHAR(100) NOT NULL, nodeID VARCHAR(100) NOT NULL, jid VARCHAR(255) NOT NULL,
    associationType VARCHAR(20) NOT NULL, PRIMARY KEY (serviceID, nodeID, jid)
)$ENGINE;
CREATE TABLE ofPubsubNodeGroups (
    serviceID VARCHAR(100) NOT NULL, nodeID VARCHAR(100) NOT NULL, rosterGroup VARCHAR(100) NOT NULL
)$ENGINE;
CREATE TABLE ofPubsubAffiliation (
    serviceID VARCHAR(100) NOT NULL, nodeID VARCHAR(100) NOT NULL, jid VARCHAR(255) NOT NULL,
    affiliation VARCHAR(10) NOT NULL, PRIMARY KEY (serviceID, nodeID, jid)
)$ENGINE;
CREATE TABLE ofPubsubItem (
    serviceID VARCHAR(100) NOT NULL, nodeID VARCHAR(100) NOT NULL, id VARCHAR(100) NOT NULL, jid VARCHAR(255) NOT NULL,
    creationDate CHAR(15) NOT NULL,
    payload TEXT, --@ -30
    payload $MEDIUM, --@ 31-
    PRIMARY KEY (serviceID, nodeID, id)
)$ENGINE;
CREATE TABLE ofPubsubSubscription (
    serviceID VARCHAR(100) NOT NULL, nodeID VARCHAR(100) NOT NULL, id VARCHAR(100) NOT NULL, jid VARCHAR(255) NOT NULL,
    owner VARCHAR(255) NOT NULL, state VARCHAR(15) NOT NULL, deliver $FLAG NOT NULL, digest $FLAG NOT NULL,
    digest_frequency INTEGER NOT NULL, expire CHAR(15), includeBody $FLAG NOT NULL, showValues VARCHAR(30),
    subscriptionType VARCHAR(10) NOT NULL, subscriptionDepth $FLAG NOT NULL, keyword VARCHAR(200),
    PRIMARY KEY (serviceID, nodeID, id)
)$ENGINE;
CREATE TABLE ofPubsubDefaultConf (
    serviceID VARCHAR(100) NOT NULL, leaf $FLAG NOT NULL, deliverPayloads $FLAG NOT NULL, PRIMARY KEY (serviceID, leaf)
)$ENGINE;
