//! Properties of `openfire.xml`: those that a node needs before it reaches the database.

use super::Kind::{Boolean, Class, List, Millis, Number, Secret, Text};
use super::SystemProperty;
use super::description::Effect::{NoEffect, Obeyed};
use super::description::row;

const JAVA: &str = "it is for the Java server";
const POOL: &str = "the pool of connections has a fixed size and its own time limits";
const OLD_ADMINS: &str = "only the system property admin.authorizedJIDs in the database counts";
const SETUP: &str = "there is no set-up; a fresh database is filled at the first start";

pub(super) const PROPERTIES: &[SystemProperty] = &[
    row("adminConsole.port", Number, "9090", "port of the console with HTTP, off if not positive", Obeyed),
    row(
        "adminConsole.securePort",
        Number,
        "9091",
        "port of the console with HTTPS, off if not positive",
        Obeyed,
    ),
    row("adminConsole.interface", Text, "", "address of the console", Obeyed),
    row("adminConsole.serverThreads", Number, "2", "threads of the console", NoEffect(JAVA)),
    row("network.interface", Text, "", "address of every listener", Obeyed),
    row("locale", Text, "", "language of the console", NoEffect("the browser chooses the language")),
    row("setup", Boolean, "false", "whether the set-up was finished", NoEffect("there is no set-up page")),
    row("fqdn", Text, "", "name of this host", NoEffect("nodes tell each other their addresses")),
    row("clustering.enabled", Boolean, "false", "cluster with other nodes", Obeyed),
    row("clustering.nodeid", Text, "", "fixed id of this node", Obeyed),
    row(
        "connectionProvider.className",
        Class,
        "org.jivesoftware.database.DefaultConnectionProvider",
        "Java class that connects to the database",
        Obeyed,
    ),
    row("database.defaultProvider.driver", Class, "", "Java class of the driver", NoEffect(JAVA)),
    row("database.defaultProvider.serverURL", Text, "", "JDBC URL of the database", Obeyed),
    row("database.defaultProvider.username", Secret, "", "user of the database", Obeyed),
    row("database.defaultProvider.password", Secret, "", "password of the database", Obeyed),
    row("database.defaultProvider.minConnections", Number, "3", "fewest connections", NoEffect(POOL)),
    row("database.defaultProvider.maxConnections", Number, "10", "most connections", NoEffect(POOL)),
    row(
        "database.defaultProvider.connectionTimeout",
        Text,
        "0.5",
        "longest life of a connection in days",
        NoEffect(POOL),
    ),
    row(
        "database.defaultProvider.testSQL",
        Text,
        "select 1",
        "statement that tests a connection",
        NoEffect(POOL),
    ),
    row(
        "database.defaultProvider.testBeforeUse",
        Boolean,
        "false",
        "test a connection before its use",
        NoEffect(POOL),
    ),
    row(
        "database.defaultProvider.testAfterUse",
        Boolean,
        "false",
        "test a connection after its use",
        NoEffect(POOL),
    ),
    row(
        "database.defaultProvider.testTimeout",
        Millis,
        "500",
        "longest test of a connection",
        NoEffect(POOL),
    ),
    row(
        "database.defaultProvider.maxWaitTime",
        Millis,
        "500",
        "longest wait for a connection",
        NoEffect(POOL),
    ),
    row(
        "database.defaultProvider.timeBetweenEvictionRuns",
        Millis,
        "30000",
        "how often idle connections are looked for",
        NoEffect(POOL),
    ),
    row(
        "database.defaultProvider.minIdleTime",
        Millis,
        "900000",
        "when a connection is idle",
        NoEffect(POOL),
    ),
    row("database.maxRetries", Number, "10", "attempts to get a connection", NoEffect(POOL)),
    row("database.retryDelay", Millis, "250", "time between them", NoEffect(POOL)),
    row(
        "database.mysql.useUnicode",
        Boolean,
        "false",
        "speak UTF-8 with MySQL",
        NoEffect("the connection always speaks UTF-8"),
    ),
    row("database.JNDIProvider.name", Text, "", "data source of a Java application server", NoEffect(JAVA)),
    row(
        "oneTimeAccessToken",
        Secret,
        "",
        "token that opens the console",
        NoEffect("the console asks for a password"),
    ),
    row("xmpp.domain", Text, "", "domain, in files of very old versions", Obeyed),
    row("admin.authorizedJIDs", List, "", "administrators, in files of old versions", NoEffect(OLD_ADMINS)),
    row(
        "admin.authorizedUsernames",
        List,
        "",
        "administrators, in files of old versions",
        NoEffect(OLD_ADMINS),
    ),
    row(
        "adminConsole.authorizedUsernames",
        List,
        "",
        "administrators, in files of old versions",
        NoEffect(OLD_ADMINS),
    ),
    row("autosetup.run", Boolean, "false", "set up without questions at the first start", NoEffect(SETUP)),
    row("autosetup.*", Text, "", "answers for it", NoEffect(SETUP)),
];
