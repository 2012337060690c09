-- Contact lists. Codes: sub 0 none, 1 to, 2 from, 3 both; ask -1 none, 0 subscribe; recv -1 none, 1 subscribe.

CREATE TABLE IF NOT EXISTS ofRoster (
    rosterID BIGINT        NOT NULL,
    username VARCHAR(64)   NOT NULL,
    jid      VARCHAR(1024) NOT NULL,
    sub      TINYINT       NOT NULL,
    ask      TINYINT       NOT NULL,
    recv     TINYINT       NOT NULL,
    nick     VARCHAR(255),
    stanza   TEXT,
    PRIMARY KEY (rosterID),
    INDEX ofRoster_username_idx (username),
    INDEX ofRoster_jid_idx (jid(255))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofRosterGroups (
    rosterID  BIGINT       NOT NULL,
    `rank`    TINYINT      NOT NULL,
    groupName VARCHAR(255) NOT NULL,
    PRIMARY KEY (rosterID, `rank`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
