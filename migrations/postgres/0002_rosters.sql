-- Contact lists. Codes: sub 0 none, 1 to, 2 from, 3 both; ask -1 none, 0 subscribe; recv -1 none, 1 subscribe.

CREATE TABLE IF NOT EXISTS ofRoster (
    rosterID INTEGER       NOT NULL,
    username VARCHAR(64)   NOT NULL,
    jid      VARCHAR(1024) NOT NULL,
    sub      INTEGER       NOT NULL,
    ask      INTEGER       NOT NULL,
    recv     INTEGER       NOT NULL,
    nick     VARCHAR(255),
    stanza   TEXT,
    PRIMARY KEY (rosterID)
);

CREATE INDEX IF NOT EXISTS ofRoster_username_idx ON ofRoster (username);

CREATE INDEX IF NOT EXISTS ofRoster_jid_idx ON ofRoster (jid);

CREATE TABLE IF NOT EXISTS ofRosterGroups (
    rosterID  INTEGER      NOT NULL,
    rank      INTEGER      NOT NULL,
    groupName VARCHAR(255) NOT NULL,
    PRIMARY KEY (rosterID, rank),
    CONSTRAINT ofRosterGroups_rosterID_fk FOREIGN KEY (rosterID) REFERENCES ofRoster (rosterID)
        DEFERRABLE INITIALLY DEFERRED
);
