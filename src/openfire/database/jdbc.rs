//! JDBC URLs of MySQL, MariaDB and PostgreSQL.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

use super::Parameter;
use super::parameters::{Driver, translate};

/// What may stand in a part of a URL as it is (RFC 3986 §2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A JDBC URL in the form that sqlx reads.
#[derive(Clone, PartialEq, Eq)]
pub struct JdbcUrl {
    /// `mysql://…` or `postgres://…`, user and password included.
    pub url: String,
    /// Every parameter of the JDBC URL and what became of it.
    pub parameters: Vec<Parameter>,
}

/// The password is not printed.
impl fmt::Debug for JdbcUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.url.split_once("://").unwrap_or_default();
        let place = rest.split_once('@').map_or(rest, |(_, place)| place);
        write!(f, "JdbcUrl({scheme}://[redacted]@{place})")
    }
}

/// Why a JDBC URL cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JdbcError {
    /// It does not begin with `jdbc:` and a driver.
    #[error("this is no JDBC URL; it should look like jdbc:mysql://HOST:3306/DATABASE")]
    NotJdbc,
    /// A database that is not supported.
    #[error("databases of type `{0}` are not supported; MySQL, MariaDB and PostgreSQL are")]
    UnsupportedDatabase(String),
    /// Several servers, in a list or by a word such as `replication`.
    #[error(
        "the URL names several database servers ({0}); Cobnut connects to one: put a proxy or a floating address in front of them and name that"
    )]
    SeveralHosts(String),
    /// No name of a database.
    #[error("the URL names no database behind the host")]
    NoDatabase,
    /// The port is no number from 1 to 65535.
    #[error("`{0}` is not a port")]
    BadPort(String),
    /// The host is missing or has characters that no host has.
    #[error("`{0}` is not a host")]
    BadHost(String),
    /// A parameter that must not be ignored.
    #[error("the parameter `{name}={value}` cannot be obeyed: {reason}")]
    Parameter {
        /// Name as written.
        name: String,
        /// Value as written.
        value: String,
        /// Why not, and what to do.
        reason: &'static str,
    },
}

/// Turns a JDBC URL into one that sqlx reads.
///
/// User and password given apart win over those of the URL, as they do for the Java drivers.
///
/// # Errors
/// The URL cannot be used; the message says what to change.
pub fn jdbc_to_sqlx(url: &str, user: Option<&str>, password: Option<&str>) -> Result<JdbcUrl, JdbcError> {
    let rest = url.trim().strip_prefix("jdbc:").ok_or(JdbcError::NotJdbc)?;
    let (driver, rest) = driver_of(rest)?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = split_place(place, driver);
    let mut parameters = pairs(query);
    let mut credential = |given: Option<&str>, names: &[&str]| {
        let own = parameters.iter().position(|(name, _)| names.contains(&name.as_str()));
        let own = own.map(|index| parameters.remove(index).1);
        given.filter(|text| !text.is_empty()).map(str::to_owned).or(own)
    };
    let (user, password) = (credential(user, &["user", "username"]), credential(password, &["password"]));
    let translated = translate(driver, &parameters)?;
    let database = decode(path.trim_start_matches('/'));
    let database = match driver {
        // PostgreSQL's own rule: the database is named like the user.
        Driver::Postgres if database.is_empty() => user.clone().unwrap_or_default(),
        _ => database,
    };
    if database.is_empty() {
        return Err(JdbcError::NoDatabase);
    }
    let scheme = if driver == Driver::Postgres { "postgres" } else { "mysql" };
    let user_info = match (&user, &password) {
        (Some(user), Some(password)) => format!("{}:{}@", encode(user), encode(password)),
        (Some(user), None) => format!("{}@", encode(user)),
        (None, _) => String::new(),
    };
    let query = translated.query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    let query = query.collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    let (host, database) = (host_and_port(authority)?, encode(&database));
    let url = format!("{scheme}://{user_info}{host}/{database}{mark}{query}");
    Ok(JdbcUrl { url, parameters: translated.parameters })
}

/// The driver and what follows its name: `//host/database?…`.
fn driver_of(rest: &str) -> Result<(Driver, &str), JdbcError> {
    let (name, place) = rest.split_once(':').ok_or(JdbcError::NotJdbc)?;
    let driver = match name.to_ascii_lowercase().as_str() {
        "mysql" => Driver::MySql,
        "mariadb" => Driver::MariaDb,
        "postgresql" => Driver::Postgres,
        "mysql+srv" => return Err(JdbcError::SeveralHosts("mysql+srv".to_owned())),
        other => return Err(JdbcError::UnsupportedDatabase(other.to_owned())),
    };
    // `jdbc:mysql:replication://…`, `jdbc:mariadb:sequential://…`
    if driver != Driver::Postgres
        && let Some((mode, _)) = place.split_once("//")
        && !mode.is_empty()
    {
        return Err(JdbcError::SeveralHosts(mode.trim_end_matches(':').to_owned()));
    }
    if driver != Driver::Postgres && !place.starts_with("//") {
        return Err(JdbcError::NotJdbc);
    }
    Ok((driver, place))
}

/// Host and database: PostgreSQL also takes `jdbc:postgresql:database` and `jdbc:postgresql:/`.
fn split_place(place: &str, driver: Driver) -> (&str, &str) {
    match place.strip_prefix("//") {
        Some(rest) => rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash)),
        None if driver == Driver::Postgres => ("", place),
        None => (place, ""),
    }
}

fn host_and_port(authority: &str) -> Result<String, JdbcError> {
    let authority = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let (host, port) = match key_value_host(authority) {
        Some(pair) => pair,
        None if authority.contains(',') => return Err(JdbcError::SeveralHosts(authority.to_owned())),
        None => split_port(authority),
    };
    let port = match port.as_deref() {
        None | Some("") => None,
        Some(text) => {
            let number: Option<u16> = text.parse().ok().filter(|number| *number > 0);
            Some(number.ok_or_else(|| JdbcError::BadPort(text.to_owned()))?)
        }
    };
    let host = if host.is_empty() { "localhost".to_owned() } else { host };
    let is_address = host.starts_with('[') || host.contains(':');
    let is_host = if is_address {
        host.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        host.chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_'))
    };
    if !is_host {
        return Err(JdbcError::BadHost(host));
    }
    let host = if is_address { format!("[{}]", host.trim_matches(['[', ']'])) } else { host };
    Ok(port.map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
}

fn split_port(authority: &str) -> (String, Option<String>) {
    let after_address = authority.rfind(']').map_or(0, |end| end + 1);
    let tail = authority.get(after_address..).unwrap_or_default();
    match tail.rfind(':') {
        // Several colons without brackets are an address, and no port.
        Some(_) if after_address == 0 && tail.matches(':').count() > 1 => (authority.to_owned(), None),
        Some(colon) => {
            let (host, port) = authority.split_at(after_address + colon);
            (host.to_owned(), Some(port.trim_start_matches(':').to_owned()))
        }
        None => (authority.to_owned(), None),
    }
}

/// MySQL's long forms: `address=(host=h)(port=3306)` and `(host=h,port=3306)`. `None` for anything else.
fn key_value_host(authority: &str) -> Option<(String, Option<String>)> {
    let pairs: Vec<&str> = match authority.strip_prefix("address=(") {
        Some(rest) => rest.strip_suffix(')')?.split(")(").collect(),
        None => authority.strip_prefix('(')?.strip_suffix(')')?.split(',').collect(),
    };
    let value = |wanted: &str| {
        let mut found = pairs.iter().filter_map(|pair| pair.split_once('='));
        found
            .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.trim().to_owned())
    };
    let is_one =
        pairs.iter().filter(|pair| pair.trim_start().to_ascii_lowercase().starts_with("host")).count() == 1;
    value("host").filter(|_| is_one).map(|host| (host, value("port")))
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(jdbc: &str) -> Result<String, JdbcError> {
        jdbc_to_sqlx(jdbc, Some("u"), Some("p@:/ ß")).map(|found| found.url)
    }

    #[test]
    fn every_form_of_one_server() {
        let check = |jdbc: &str, expected: &str| {
            let expected = expected.replace("//", "//u:p%40%3A%2F%20%C3%9F@");
            assert_eq!(url(jdbc), Ok(expected), "{jdbc}");
        };
        check("jdbc:mysql://db:3306/openfire", "mysql://db:3306/openfire");
        check(" jdbc:mysql://db/openfire ", "mysql://db/openfire");
        check("jdbc:mysql:///openfire", "mysql://localhost/openfire");
        check("jdbc:mysql://:3307/openfire", "mysql://localhost:3307/openfire");
        check("jdbc:mysql://[::1]:3306/of", "mysql://[::1]:3306/of");
        check("jdbc:mysql://[fe80::1]/of", "mysql://[fe80::1]/of");
        check("jdbc:mysql://address=(host=db)(port=3307)/of", "mysql://db:3307/of");
        check("jdbc:mysql://(host=db,port=3307)/of", "mysql://db:3307/of");
        check("jdbc:mysql://address=(host=::1)(port=3307)/of", "mysql://[::1]:3307/of");
        check("jdbc:mysql://me:secret@db/of", "mysql://db/of");
        check("jdbc:mysql://db/open%20fire", "mysql://db/open%20fire");
        check("jdbc:mariadb://db:3306/of?useSSL=false", "mysql://db:3306/of?ssl-mode=DISABLED");
        check("jdbc:postgresql://db:5432/openfire", "postgres://db:5432/openfire");
        check("jdbc:postgresql:openfire", "postgres://localhost/openfire");
        check("jdbc:postgresql://db/", "postgres://db/u");
        check("jdbc:postgresql:/", "postgres://localhost/u");
        let schema = "jdbc:postgresql://db/of?currentSchema=chat&ssl=true";
        check(schema, "postgres://db/of?options%5Bsearch_path%5D=chat&sslmode=verify-full");
    }

    #[test]
    fn user_and_password_may_stand_in_the_url() {
        let found = |jdbc, user, password| jdbc_to_sqlx(jdbc, user, password).map(|found| found.url);
        let jdbc = "jdbc:mysql://db/of?user=in&password=url&useUnicode=true";
        assert_eq!(found(jdbc, None, None).as_deref(), Ok("mysql://in:url@db/of"));
        assert_eq!(found(jdbc, Some("apart"), Some("")).as_deref(), Ok("mysql://apart:url@db/of"));
        assert_eq!(found("jdbc:mysql://db/of", Some(""), Some("x")).as_deref(), Ok("mysql://db/of"));
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let check = |jdbc: &str, needle: &str| {
            let error = url(jdbc).unwrap_err().to_string();
            assert!(error.contains(needle), "{jdbc}: {error}");
        };
        check("mysql://db/of", "no JDBC URL");
        check("jdbc:mysql", "no JDBC URL");
        check("jdbc:mysql:db/of", "no JDBC URL");
        check("jdbc:oracle:thin:@//db:1521/x", "`oracle`");
        check("jdbc:sqlserver://db;databaseName=x", "`sqlserver`");
        check("jdbc:mysql://a:3306,b:3306/of", "a:3306,b:3306");
        check("jdbc:postgresql://a,b/of?targetServerType=primary", "a,b");
        check("jdbc:mysql:loadbalance://a,b/of", "loadbalance");
        check("jdbc:mysql:replication://a/of", "replication");
        check("jdbc:mysql+srv://x/of", "mysql+srv");
        check("jdbc:mysql://db:3306", "no database");
        check("jdbc:mysql://db:33o6/of", "`33o6`");
        check("jdbc:mysql://db:0/of", "`0`");
        check("jdbc:mysql://d b/of", "`d b`");
        check("jdbc:mysql://dé/of", "`dé`");
        check("jdbc:mysql://[::g]/of", "`[::g]`");
    }

    #[test]
    fn the_password_is_not_printed() {
        let found = jdbc_to_sqlx("jdbc:mysql://db/of", Some("u"), Some("hunter2")).unwrap();
        assert_eq!(format!("{found:?}"), "JdbcUrl(mysql://[redacted]@db/of)");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(jdbc:mysql://|jdbc:postgresql:|jdbc:mariadb://)?[a-z0-9:/,=()@%?&\\[\\]. é]{0,40}") {
            if let Ok(found) = jdbc_to_sqlx(&text, Some("u"), Some("p/@")) {
                prop_assert!(found.url.is_ascii() && !found.url.contains(' '), "{}", found.url);
            }
        }
    }
}
