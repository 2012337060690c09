//! Rules about the database that the nodes share.

mod database_mismatch;
mod database_superuser;
mod driver_mismatch;
mod embedded_database_in_cluster;
mod foreign_connection_provider;
mod local_databases;
mod mysql_without_charset;
mod no_database;
mod no_database_password;
mod swapped_pool_bounds;
mod unknown_database_parameter;
mod unusable_database_url;

use cobnut_diagnostics::Location;
use cobnut_openfire::{Property, jdbc_to_sqlx};

use crate::Home;
use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &database_mismatch::RULE,
    &database_superuser::RULE,
    &driver_mismatch::RULE,
    &embedded_database_in_cluster::RULE,
    &foreign_connection_provider::RULE,
    &local_databases::RULE,
    &mysql_without_charset::RULE,
    &no_database::RULE,
    &no_database_password::RULE,
    &swapped_pool_bounds::RULE,
    &unknown_database_parameter::RULE,
    &unusable_database_url::RULE,
];

const PROVIDER: &str = "connectionProvider.className";
const SERVER_URL: &str = "database.defaultProvider.serverURL";
const USER: &str = "database.defaultProvider.username";
const PASSWORD: &str = "database.defaultProvider.password";

/// Where a node's data is.
#[derive(Debug, PartialEq, Eq)]
struct Database {
    /// `mysql` or `postgres`.
    family: String,
    /// In lower case, without brackets.
    host: String,
    port: u16,
    name: String,
}

impl Database {
    /// Whether it is on the node's own machine.
    fn is_local(&self) -> bool {
        self.host.is_empty()
            || self.host == "localhost"
            || self.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// The database server of a node, if its URL can be used.
fn database(home: &Home) -> Option<Database> {
    let property = home.property(SERVER_URL).filter(|property| !is_embedded(home, property))?;
    let url = jdbc_to_sqlx(&property.value, None, None).ok()?.url;
    let (family, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let (host, port) = match authority.rsplit_once(':').filter(|_| !authority.ends_with(']')) {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, if family == "postgres" { 5432 } else { 3306 }),
    };
    Some(Database {
        family: family.to_owned(),
        host: host.trim_matches(['[', ']']).to_lowercase(),
        port,
        name: path.split('?').next().unwrap_or(path).to_owned(),
    })
}

/// Whether the data lies in files of the home.
fn is_embedded(home: &Home, url: &Property) -> bool {
    let provider = home.property(PROVIDER).map_or("", |class| class.value.as_str());
    url.value.starts_with("jdbc:hsqldb:") || provider.ends_with("EmbeddedConnectionProvider")
}

fn place(home: &Home, name: &str) -> Option<Location> {
    home.place(home.property(name)?)
}

/// Host, port and whether it is PostgreSQL, of the database server that a node's `openfire.xml` names.
pub(crate) fn server_of(home: &Home) -> Option<(String, u16, bool)> {
    let database = database(home)?;
    let host = if database.host.is_empty() { "localhost".to_owned() } else { database.host };
    Some((host, database.port, database.family.starts_with("postgres")))
}
