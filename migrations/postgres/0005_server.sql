-- System properties, identifiers, audit log, federation and components. ofVersion says which shape of Openfire's schema this is.

CREATE TABLE IF NOT EXISTS ofProperty (
    name      VARCHAR(100)  NOT NULL,
    propValue VARCHAR(4000) NOT NULL,
    encrypted INTEGER,
    iv        CHAR(24),
    PRIMARY KEY (name)
);

CREATE TABLE IF NOT EXISTS ofVersion (
    name    VARCHAR(50) NOT NULL,
    version INTEGER     NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE IF NOT EXISTS ofID (
    idType INTEGER NOT NULL,
    id     INTEGER NOT NULL,
    PRIMARY KEY (idType)
);

CREATE TABLE IF NOT EXISTS ofSecurityAuditLog (
    msgID      INTEGER      NOT NULL,
    username   VARCHAR(64)  NOT NULL,
    entryStamp BIGINT       NOT NULL,
    summary    VARCHAR(255) NOT NULL,
    node       VARCHAR(255) NOT NULL,
    details    TEXT,
    PRIMARY KEY (msgID)
);

CREATE INDEX IF NOT EXISTS ofSecurityAuditLog_tstamp_idx ON ofSecurityAuditLog (entryStamp);

CREATE INDEX IF NOT EXISTS ofSecurityAuditLog_uname_idx ON ofSecurityAuditLog (username);

CREATE TABLE IF NOT EXISTS ofExtComponentConf (
    subdomain  VARCHAR(255) NOT NULL,
    wildcard   INTEGER      NOT NULL,
    secret     VARCHAR(255),
    permission VARCHAR(10)  NOT NULL,
    PRIMARY KEY (subdomain)
);

CREATE TABLE IF NOT EXISTS ofRemoteServerConf (
    xmppDomain VARCHAR(255) NOT NULL,
    remotePort INTEGER,
    permission VARCHAR(10)  NOT NULL,
    PRIMARY KEY (xmppDomain)
);

-- 18 roster items, 19 offline messages, 23 rooms, 26 room services, 27 room messages.
INSERT INTO ofID (idType, id) VALUES (18, 1), (19, 1), (23, 1), (26, 2), (27, 1) ON CONFLICT DO NOTHING;

INSERT INTO ofVersion (name, version) VALUES ('openfire', 40) ON CONFLICT DO NOTHING;
