-- Publish-subscribe and personal eventing.

CREATE TABLE IF NOT EXISTS ofPubsubNode (
    serviceID           VARCHAR(100) NOT NULL,
    nodeID              VARCHAR(100) NOT NULL,
    leaf                INTEGER      NOT NULL,
    creationDate        CHAR(15)     NOT NULL,
    modificationDate    CHAR(15)     NOT NULL,
    parent              VARCHAR(100),
    deliverPayloads     INTEGER      NOT NULL,
    maxPayloadSize      INTEGER,
    persistItems        INTEGER,
    maxItems            INTEGER,
    notifyConfigChanges INTEGER      NOT NULL,
    notifyDelete        INTEGER      NOT NULL,
    notifyRetract       INTEGER      NOT NULL,
    presenceBased       INTEGER      NOT NULL,
    sendItemSubscribe   INTEGER      NOT NULL,
    publisherModel      VARCHAR(15)  NOT NULL,
    subscriptionEnabled INTEGER      NOT NULL,
    configSubscription  INTEGER      NOT NULL,
    accessModel         VARCHAR(10)  NOT NULL,
    payloadType         VARCHAR(100),
    bodyXSLT            VARCHAR(100),
    dataformXSLT        VARCHAR(100),
    creator             VARCHAR(1024) NOT NULL,
    description         VARCHAR(255),
    language            VARCHAR(255),
    name                VARCHAR(50),
    replyPolicy         VARCHAR(15),
    associationPolicy   VARCHAR(15),
    maxLeafNodes        INTEGER,
    PRIMARY KEY (serviceID, nodeID)
);

CREATE TABLE IF NOT EXISTS ofPubsubNodeJIDs (
    serviceID       VARCHAR(100) NOT NULL,
    nodeID          VARCHAR(100) NOT NULL,
    jid             VARCHAR(1024) NOT NULL,
    associationType VARCHAR(20)  NOT NULL,
    PRIMARY KEY (serviceID, nodeID, jid)
);

CREATE TABLE IF NOT EXISTS ofPubsubNodeGroups (
    serviceID   VARCHAR(100) NOT NULL,
    nodeID      VARCHAR(100) NOT NULL,
    rosterGroup VARCHAR(100) NOT NULL
);

CREATE INDEX IF NOT EXISTS ofPubsubNodeGroups_idx ON ofPubsubNodeGroups (serviceID, nodeID);

CREATE TABLE IF NOT EXISTS ofPubsubAffiliation (
    serviceID   VARCHAR(100) NOT NULL,
    nodeID      VARCHAR(100) NOT NULL,
    jid         VARCHAR(1024) NOT NULL,
    affiliation VARCHAR(10)  NOT NULL,
    PRIMARY KEY (serviceID, nodeID, jid)
);

CREATE TABLE IF NOT EXISTS ofPubsubItem (
    serviceID    VARCHAR(100) NOT NULL,
    nodeID       VARCHAR(100) NOT NULL,
    id           VARCHAR(100) NOT NULL,
    jid          VARCHAR(1024) NOT NULL,
    creationDate CHAR(15)     NOT NULL,
    payload      TEXT,
    PRIMARY KEY (serviceID, nodeID, id)
);

CREATE TABLE IF NOT EXISTS ofPubsubSubscription (
    serviceID         VARCHAR(100) NOT NULL,
    nodeID            VARCHAR(100) NOT NULL,
    id                VARCHAR(100) NOT NULL,
    jid               VARCHAR(1024) NOT NULL,
    owner             VARCHAR(1024) NOT NULL,
    state             VARCHAR(15)  NOT NULL,
    deliver           INTEGER      NOT NULL,
    digest            INTEGER      NOT NULL,
    digest_frequency  INTEGER      NOT NULL,
    expire            CHAR(15),
    includeBody       INTEGER      NOT NULL,
    showValues        VARCHAR(30)  NOT NULL,
    subscriptionType  VARCHAR(10)  NOT NULL,
    subscriptionDepth INTEGER      NOT NULL,
    keyword           VARCHAR(200),
    PRIMARY KEY (serviceID, nodeID, id)
);

CREATE TABLE IF NOT EXISTS ofPubsubDefaultConf (
    serviceID           VARCHAR(100) NOT NULL,
    leaf                INTEGER      NOT NULL,
    deliverPayloads     INTEGER      NOT NULL,
    maxPayloadSize      INTEGER NOT NULL,
    persistItems        INTEGER NOT NULL,
    maxItems            INTEGER NOT NULL,
    notifyConfigChanges INTEGER      NOT NULL,
    notifyDelete        INTEGER      NOT NULL,
    notifyRetract       INTEGER      NOT NULL,
    presenceBased       INTEGER      NOT NULL,
    sendItemSubscribe   INTEGER      NOT NULL,
    publisherModel      VARCHAR(15)  NOT NULL,
    subscriptionEnabled INTEGER      NOT NULL,
    accessModel         VARCHAR(10)  NOT NULL,
    language            VARCHAR(255),
    replyPolicy         VARCHAR(15),
    associationPolicy   VARCHAR(15)  NOT NULL,
    maxLeafNodes        INTEGER      NOT NULL,
    PRIMARY KEY (serviceID, leaf)
);
