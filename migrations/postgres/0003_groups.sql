-- Groups of accounts and their properties.

CREATE TABLE IF NOT EXISTS ofGroup (
    groupName   VARCHAR(50) NOT NULL,
    description VARCHAR(255),
    PRIMARY KEY (groupName)
);

CREATE TABLE IF NOT EXISTS ofGroupProp (
    groupName VARCHAR(50)  NOT NULL,
    name      VARCHAR(100) NOT NULL,
    propValue TEXT         NOT NULL,
    PRIMARY KEY (groupName, name)
);

CREATE TABLE IF NOT EXISTS ofGroupUser (
    groupName     VARCHAR(50)  NOT NULL,
    username      VARCHAR(100) NOT NULL,
    administrator INTEGER      NOT NULL,
    PRIMARY KEY (groupName, username, administrator)
);
