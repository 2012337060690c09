-- Groups of accounts and their properties.

CREATE TABLE IF NOT EXISTS ofGroup (
    groupName   VARCHAR(50) NOT NULL,
    description VARCHAR(255),
    PRIMARY KEY (groupName)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofGroupProp (
    groupName VARCHAR(50)  NOT NULL,
    name      VARCHAR(100) NOT NULL,
    propValue TEXT         NOT NULL,
    PRIMARY KEY (groupName, name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ofGroupUser (
    groupName     VARCHAR(50)  NOT NULL,
    username      VARCHAR(100) NOT NULL,
    administrator TINYINT      NOT NULL,
    PRIMARY KEY (groupName, username, administrator)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
