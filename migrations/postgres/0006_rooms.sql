-- Group chat.

CREATE TABLE IF NOT EXISTS ofMucService (
    serviceID   INTEGER      NOT NULL,
    subdomain   VARCHAR(255) NOT NULL,
    description VARCHAR(255),
    isHidden    INTEGER      NOT NULL,
    PRIMARY KEY (subdomain)
);

CREATE INDEX IF NOT EXISTS ofMucService_serviceid_idx ON ofMucService (serviceID);

CREATE TABLE IF NOT EXISTS ofMucServiceProp (
    serviceID INTEGER      NOT NULL,
    name      VARCHAR(100) NOT NULL,
    propValue TEXT         NOT NULL,
    PRIMARY KEY (serviceID, name)
);

CREATE TABLE IF NOT EXISTS ofMucRoom (
    serviceID         INTEGER      NOT NULL,
    roomID            INTEGER      NOT NULL,
    creationDate      CHAR(15)     NOT NULL,
    modificationDate  CHAR(15)     NOT NULL,
    name              VARCHAR(50)  NOT NULL,
    naturalName       VARCHAR(255) NOT NULL,
    description       VARCHAR(255),
    lockedDate        CHAR(15)     NOT NULL,
    emptyDate         CHAR(15),
    canChangeSubject  INTEGER      NOT NULL,
    maxUsers          INTEGER      NOT NULL,
    publicRoom        INTEGER      NOT NULL,
    moderated         INTEGER      NOT NULL,
    membersOnly       INTEGER      NOT NULL,
    canInvite         INTEGER      NOT NULL,
    roomPassword      VARCHAR(50),
    canDiscoverJID    INTEGER      NOT NULL,
    logEnabled        INTEGER      NOT NULL,
    retireOnDeletion  INTEGER      NOT NULL,
    preserveHistOnDel INTEGER      NOT NULL,
    subject           TEXT,
    rolesToBroadcast  INTEGER      NOT NULL,
    useReservedNick   INTEGER      NOT NULL,
    canChangeNick     INTEGER      NOT NULL,
    canRegister       INTEGER      NOT NULL,
    allowpm           INTEGER,
    fmucEnabled       INTEGER,
    fmucOutboundNode  VARCHAR(255),
    fmucOutboundMode  INTEGER,
    fmucInboundNodes  TEXT,
    PRIMARY KEY (serviceID, name)
);

CREATE INDEX IF NOT EXISTS ofMucRoom_roomid_idx ON ofMucRoom (roomID);

CREATE INDEX IF NOT EXISTS ofMucRoom_serviceid_idx ON ofMucRoom (serviceID);

CREATE TABLE IF NOT EXISTS ofMucRoomProp (
    roomID    INTEGER      NOT NULL,
    name      VARCHAR(100) NOT NULL,
    propValue TEXT         NOT NULL,
    PRIMARY KEY (roomID, name)
);

CREATE TABLE IF NOT EXISTS ofMucRoomRetiree (
    serviceID    INTEGER     NOT NULL,
    name         VARCHAR(50) NOT NULL,
    alternateJID VARCHAR(2000),
    reason       VARCHAR(1024),
    retiredAt    TIMESTAMP   NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (serviceID, name)
);

CREATE TABLE IF NOT EXISTS ofMucAffiliation (
    roomID      INTEGER NOT NULL,
    jid         VARCHAR(1024) NOT NULL,
    affiliation INTEGER NOT NULL,
    PRIMARY KEY (roomID, jid)
);

CREATE TABLE IF NOT EXISTS ofMucMember (
    roomID    INTEGER NOT NULL,
    jid       VARCHAR(1024) NOT NULL,
    nickname  VARCHAR(255),
    firstName VARCHAR(100),
    lastName  VARCHAR(100),
    url       VARCHAR(100),
    email     VARCHAR(100),
    faqentry  VARCHAR(100),
    PRIMARY KEY (roomID, jid)
);

CREATE TABLE IF NOT EXISTS ofMucConversationLog (
    roomID    INTEGER NOT NULL,
    messageID INTEGER NOT NULL,
    sender    VARCHAR(1024) NOT NULL,
    nickname  VARCHAR(255),
    logTime   CHAR(15) NOT NULL,
    subject   VARCHAR(255),
    body      TEXT,
    stanza    TEXT
);

CREATE INDEX IF NOT EXISTS ofMucConversationLog_roomtime_idx ON ofMucConversationLog (roomID, logTime);

CREATE INDEX IF NOT EXISTS ofMucConversationLog_time_idx ON ofMucConversationLog (logTime);

CREATE INDEX IF NOT EXISTS ofMucConversationLog_msg_id ON ofMucConversationLog (messageID);

INSERT INTO ofMucService (serviceID, subdomain, isHidden) VALUES (1, 'conference', 0) ON CONFLICT DO NOTHING;
