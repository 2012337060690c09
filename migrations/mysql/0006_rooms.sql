-- Group chat.

CREATE TABLE IF NOT EXISTS ofMucService (
    serviceID   BIGINT       NOT NULL,
    subdomain   VARCHAR(255) NOT NULL,
    description VARCHAR(255),
    isHidden    TINYINT      NOT NULL,
    PRIMARY KEY (subdomain),
    INDEX ofMucService_serviceid_idx (serviceID)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofMucServiceProp (
    serviceID BIGINT       NOT NULL,
    name      VARCHAR(100) NOT NULL,
    propValue TEXT         NOT NULL,
    PRIMARY KEY (serviceID, name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofMucRoom (
    serviceID         BIGINT       NOT NULL,
    roomID            BIGINT       NOT NULL,
    creationDate      CHAR(15)     NOT NULL,
    modificationDate  CHAR(15)     NOT NULL,
    name              VARCHAR(50)  NOT NULL,
    naturalName       VARCHAR(255) NOT NULL,
    description       VARCHAR(255),
    lockedDate        CHAR(15)     NOT NULL,
    emptyDate         CHAR(15),
    canChangeSubject  TINYINT      NOT NULL,
    maxUsers          INTEGER      NOT NULL,
    publicRoom        TINYINT      NOT NULL,
    moderated         TINYINT      NOT NULL,
    membersOnly       TINYINT      NOT NULL,
    canInvite         TINYINT      NOT NULL,
    roomPassword      VARCHAR(50),
    canDiscoverJID    TINYINT      NOT NULL,
    logEnabled        TINYINT      NOT NULL,
    retireOnDeletion  TINYINT      NOT NULL,
    preserveHistOnDel TINYINT      NOT NULL,
    subject           TEXT,
    rolesToBroadcast  TINYINT      NOT NULL,
    useReservedNick   TINYINT      NOT NULL,
    canChangeNick     TINYINT      NOT NULL,
    canRegister       TINYINT      NOT NULL,
    allowpm           TINYINT,
    fmucEnabled       TINYINT,
    fmucOutboundNode  VARCHAR(255),
    fmucOutboundMode  TINYINT,
    fmucInboundNodes  TEXT,
    PRIMARY KEY (serviceID, name),
    INDEX ofMucRoom_roomid_idx (roomID),
    INDEX ofMucRoom_serviceid_idx (serviceID)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofMucRoomProp (
    roomID    BIGINT       NOT NULL,
    name      VARCHAR(100) NOT NULL,
    propValue TEXT         NOT NULL,
    PRIMARY KEY (roomID, name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofMucRoomRetiree (
    serviceID    BIGINT      NOT NULL,
    name         VARCHAR(50) NOT NULL,
    alternateJID VARCHAR(2000),
    reason       VARCHAR(1024),
    retiredAt    TIMESTAMP   NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (serviceID, name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofMucAffiliation (
    roomID      BIGINT NOT NULL,
    jid         TEXT   NOT NULL,
    affiliation TINYINT NOT NULL,
    PRIMARY KEY (roomID, jid(70))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofMucMember (
    roomID    BIGINT NOT NULL,
    jid       TEXT   NOT NULL,
    nickname  VARCHAR(255),
    firstName VARCHAR(100),
    lastName  VARCHAR(100),
    url       VARCHAR(100),
    email     VARCHAR(100),
    faqentry  VARCHAR(100),
    PRIMARY KEY (roomID, jid(70))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofMucConversationLog (
    roomID    BIGINT NOT NULL,
    messageID BIGINT NOT NULL,
    sender    TEXT   NOT NULL,
    nickname  VARCHAR(255),
    logTime   CHAR(15) NOT NULL,
    subject   VARCHAR(255),
    body      TEXT,
    stanza    TEXT,
    INDEX ofMucConversationLog_roomtime_idx (roomID, logTime),
    INDEX ofMucConversationLog_time_idx (logTime),
    INDEX ofMucConversationLog_msg_id (messageID)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO ofMucService (serviceID, subdomain, isHidden) VALUES (1, 'conference', 0);
