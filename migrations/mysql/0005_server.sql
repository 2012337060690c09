-- System properties, identifiers, audit log, federation and components. ofVersion says which shape of Openfire's schema this is.

CREATE TABLE IF NOT EXISTS ofProperty (
    name      VARCHAR(100) NOT NULL,
    propValue TEXT         NOT NULL,
    encrypted INTEGER,
    iv        CHAR(24),
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofVersion (
    name    VARCHAR(50) NOT NULL,
    version INTEGER     NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofID (
    idType INTEGER NOT NULL,
    id     BIGINT  NOT NULL,
    PRIMARY KEY (idType)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofSecurityAuditLog (
    msgID      BIGINT       NOT NULL,
    username   VARCHAR(64)  NOT NULL,
    entryStamp BIGINT       NOT NULL,
    summary    VARCHAR(255) NOT NULL,
    node       VARCHAR(255) NOT NULL,
    details    TEXT,
    PRIMARY KEY (msgID),
    INDEX ofSecurityAuditLog_tstamp_idx (entryStamp),
    INDEX ofSecurityAuditLog_uname_idx (username)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofExtComponentConf (
    subdomain  VARCHAR(255) NOT NULL,
    wildcard   TINYINT      NOT NULL,
    secret     VARCHAR(255),
    permission VARCHAR(10)  NOT NULL,
    PRIMARY KEY (subdomain)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofRemoteServerConf (
    xmppDomain VARCHAR(255) NOT NULL,
    remotePort INTEGER,
    permission VARCHAR(10)  NOT NULL,
    PRIMARY KEY (xmppDomain)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- 18 roster items, 19 offline messages, 23 rooms, 26 room services, 27 room messages.
INSERT IGNORE INTO ofID (idType, id) VALUES (18, 1), (19, 1), (23, 1), (26, 2), (27, 1);

INSERT IGNORE INTO ofVersion (name, version) VALUES ('openfire', 40);
