-- Accounts: Openfire's tables of schema version 40.

CREATE TABLE IF NOT EXISTS ofUser (
    username          VARCHAR(64)  NOT NULL,
    plainPassword     VARCHAR(32),
    encryptedPassword VARCHAR(255),
    name              VARCHAR(100),
    email             VARCHAR(100),
    creationDate      CHAR(15)     NOT NULL,
    modificationDate  CHAR(15)     NOT NULL,
    PRIMARY KEY (username)
);

CREATE INDEX IF NOT EXISTS ofUser_cDate_idx ON ofUser (creationDate);

CREATE TABLE IF NOT EXISTS ofUserScram (
    username   VARCHAR(64)  NOT NULL,
    mechanism  VARCHAR(32)  NOT NULL,
    storedKey  VARCHAR(255),
    serverKey  VARCHAR(255),
    salt       VARCHAR(255),
    iterations INTEGER      NOT NULL,
    PRIMARY KEY (username, mechanism)
);

CREATE TABLE IF NOT EXISTS ofUserProp (
    username  VARCHAR(64)  NOT NULL,
    name      VARCHAR(100) NOT NULL,
    propValue TEXT         NOT NULL,
    PRIMARY KEY (username, name)
);

CREATE TABLE IF NOT EXISTS ofUserFlag (
    username  VARCHAR(64)  NOT NULL,
    name      VARCHAR(100) NOT NULL,
    startTime CHAR(15),
    endTime   CHAR(15),
    PRIMARY KEY (username, name)
);

CREATE INDEX IF NOT EXISTS ofUserFlag_sTime_idx ON ofUserFlag (startTime);

CREATE INDEX IF NOT EXISTS ofUserFlag_eTime_idx ON ofUserFlag (endTime);

CREATE TABLE IF NOT EXISTS ofPresence (
    username        VARCHAR(64) NOT NULL,
    offlinePresence TEXT,
    offlineDate     CHAR(15)    NOT NULL,
    PRIMARY KEY (username)
);
