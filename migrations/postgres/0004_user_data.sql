-- What accounts keep on the server: offline messages, vCards, private storage, privacy lists.

CREATE TABLE IF NOT EXISTS ofOffline (
    username     VARCHAR(64) NOT NULL,
    messageID    INTEGER     NOT NULL,
    creationDate CHAR(15)    NOT NULL,
    messageSize  INTEGER     NOT NULL,
    stanza       TEXT        NOT NULL,
    PRIMARY KEY (username, messageID)
);

CREATE TABLE IF NOT EXISTS ofVCard (
    username VARCHAR(64) NOT NULL,
    vcard    TEXT        NOT NULL,
    PRIMARY KEY (username)
);

CREATE TABLE IF NOT EXISTS ofPrivate (
    username    VARCHAR(64)  NOT NULL,
    name        VARCHAR(100) NOT NULL,
    namespace   VARCHAR(200) NOT NULL,
    privateData TEXT         NOT NULL,
    PRIMARY KEY (username, name, namespace)
);

CREATE TABLE IF NOT EXISTS ofPrivacyList (
    username  VARCHAR(64)  NOT NULL,
    name      VARCHAR(100) NOT NULL,
    isDefault INTEGER      NOT NULL,
    list      TEXT         NOT NULL,
    PRIMARY KEY (username, name)
);

CREATE INDEX IF NOT EXISTS ofPrivacyList_default_idx ON ofPrivacyList (username, isDefault);
