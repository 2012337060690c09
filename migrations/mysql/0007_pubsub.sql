-- Publish-subscribe and personal eventing.

CREATE TABLE IF NOT EXISTS ofPubsubNode (
    serviceID           VARCHAR(100) NOT NULL,
    nodeID              VARCHAR(100) NOT NULL,
    leaf                TINYINT      NOT NULL,
    creationDate        CHAR(15)     NOT NULL,
    modificationDate    CHAR(15)     NOT NULL,
    parent              VARCHAR(100),
    deliverPayloads     TINYINT      NOT NULL,
    maxPayloadSize      INTEGER,
    persistItems        TINYINT,
    maxItems            INTEGER,
    notifyConfigChanges TINYINT      NOT NULL,
    notifyDelete        TINYINT      NOT NULL,
    notifyRetract       TINYINT      NOT NULL,
    presenceBased       TINYINT      NOT NULL,
    sendItemSubscribe   TINYINT      NOT NULL,
    publisherModel      VARCHAR(15)  NOT NULL,
    subscriptionEnabled TINYINT      NOT NULL,
    configSubscription  TINYINT      NOT NULL,
    accessModel         VARCHAR(10)  NOT NULL,
    payloadType         VARCHAR(100),
    bodyXSLT            VARCHAR(100),
    dataformXSLT        VARCHAR(100),
    creator             VARCHAR(255) NOT NULL,
    description         VARCHAR(255),
    language            VARCHAR(255),
    name                VARCHAR(50),
    replyPolicy         VARCHAR(15),
    associationPolicy   VARCHAR(15),
    maxLeafNodes        INTEGER,
    PRIMARY KEY (serviceID, nodeID)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofPubsubNodeJIDs (
    serviceID       VARCHAR(100) NOT NULL,
    nodeID          VARCHAR(100) NOT NULL,
    jid             VARCHAR(255) NOT NULL,
    associationType VARCHAR(20)  NOT NULL,
    PRIMARY KEY (serviceID, nodeID, jid)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofPubsubNodeGroups (
    serviceID   VARCHAR(100) NOT NULL,
    nodeID      VARCHAR(100) NOT NULL,
    rosterGroup VARCHAR(100) NOT NULL,
    INDEX ofPubsubNodeGroups_idx (serviceID, nodeID)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofPubsubAffiliation (
    serviceID   VARCHAR(100) NOT NULL,
    nodeID      VARCHAR(100) NOT NULL,
    jid         VARCHAR(255) NOT NULL,
    affiliation VARCHAR(10)  NOT NULL,
    PRIMARY KEY (serviceID, nodeID, jid)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofPubsubItem (
    serviceID    VARCHAR(100) NOT NULL,
    nodeID       VARCHAR(100) NOT NULL,
    id           VARCHAR(100) NOT NULL,
    jid          VARCHAR(255) NOT NULL,
    creationDate CHAR(15)     NOT NULL,
    payload      MEDIUMTEXT,
    PRIMARY KEY (serviceID, nodeID, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofPubsubSubscription (
    serviceID         VARCHAR(100) NOT NULL,
    nodeID            VARCHAR(100) NOT NULL,
    id                VARCHAR(100) NOT NULL,
    jid               VARCHAR(255) NOT NULL,
    owner             VARCHAR(255) NOT NULL,
    state             VARCHAR(15)  NOT NULL,
    deliver           TINYINT      NOT NULL,
    digest            TINYINT      NOT NULL,
    digest_frequency  INTEGER      NOT NULL,
    expire            CHAR(15),
    includeBody       TINYINT      NOT NULL,
    showValues        VARCHAR(30),
    subscriptionType  VARCHAR(10)  NOT NULL,
    subscriptionDepth TINYINT      NOT NULL,
    keyword           VARCHAR(200),
    PRIMARY KEY (serviceID, nodeID, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofPubsubDefaultConf (
    serviceID           VARCHAR(100) NOT NULL,
    leaf                TINYINT      NOT NULL,
    deliverPayloads     TINYINT      NOT NULL,
    maxPayloadSize      INTEGER NOT NULL,
    persistItems        TINYINT NOT NULL,
    maxItems            INTEGER NOT NULL,
    notifyConfigChanges TINYINT      NOT NULL,
    notifyDelete        TINYINT      NOT NULL,
    notifyRetract       TINYINT      NOT NULL,
    presenceBased       TINYINT      NOT NULL,
    sendItemSubscribe   TINYINT      NOT NULL,
    publisherModel      VARCHAR(15)  NOT NULL,
    subscriptionEnabled TINYINT      NOT NULL,
    accessModel         VARCHAR(10)  NOT NULL,
    language            VARCHAR(255),
    replyPolicy         VARCHAR(15),
    associationPolicy   VARCHAR(15)  NOT NULL,
    maxLeafNodes        INTEGER      NOT NULL,
    PRIMARY KEY (serviceID, leaf)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
