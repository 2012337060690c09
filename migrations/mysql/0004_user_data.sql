-- What accounts keep on the server: offline messages, vCards, private storage, privacy lists.

CREATE TABLE IF NOT EXISTS ofOffline (
    username     VARCHAR(64) NOT NULL,
    messageID    BIGINT      NOT NULL,
    creationDate CHAR(15)    NOT NULL,
    messageSize  INTEGER     NOT NULL,
    stanza       MEDIUMTEXT  NOT NULL,
    PRIMARY KEY (username, messageID)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofVCard (
    username VARCHAR(64) NOT NULL,
    vcard    MEDIUMTEXT  NOT NULL,
    PRIMARY KEY (username)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofPrivate (
    username    VARCHAR(64)  NOT NULL,
    name        VARCHAR(100) NOT NULL,
    namespace   VARCHAR(200) NOT NULL,
    privateData MEDIUMTEXT   NOT NULL,
    PRIMARY KEY (username, name, namespace)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofPrivacyList (
    username  VARCHAR(64)  NOT NULL,
    name      VARCHAR(100) NOT NULL,
    isDefault TINYINT      NOT NULL,
    list      TEXT         NOT NULL,
    PRIMARY KEY (username, name),
    INDEX ofPrivacyList_default_idx (username, isDefault)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
