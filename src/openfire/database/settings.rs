//! What `openfire.xml` says about the database.

use cobnut_diagnostics::{Diagnostic, Location, Severity};

use super::{JdbcUrl, jdbc_to_sqlx};
use crate::{Encryption, XmlProperties, java_int};

/// The database of an installation.
#[derive(Debug, Clone)]
pub enum DatabaseSettings {
    /// A database server.
    Server(Box<ServerDatabase>),
    /// HSQLDB in files of the home, which one node can use at a time.
    Embedded {
        /// Where the file says so.
        location: Location,
    },
    /// The file names none, as before the set-up.
    Absent,
}

/// A database server.
#[derive(Debug, Clone)]
pub struct ServerDatabase {
    /// How to reach it, credentials included.
    pub url: JdbcUrl,
    /// Where the URL stands.
    pub location: Location,
    /// Fewest connections that are kept open.
    pub min_connections: u32,
    /// Most connections.
    pub max_connections: u32,
}

const SERVER_URL: &str = "database.defaultProvider.serverURL";
/// Openfire's pool without settings.
const DEFAULT_CONNECTIONS: (u32, u32) = (3, 10);

impl DatabaseSettings {
    /// From `openfire.xml`, with the credentials decrypted.
    ///
    /// # Errors
    /// A provider or a URL that cannot be used, or credentials that cannot be decrypted: with the place and the way out.
    pub fn from_openfire(file: &XmlProperties, encryption: &Encryption) -> Result<Self, Box<Diagnostic>> {
        let provider = file.get("connectionProvider.className");
        match provider.map(|class| (class, simple_name(&class.value))) {
            Some((class, "EmbeddedConnectionProvider")) => {
                return Ok(Self::Embedded { location: file.location(class) });
            }
            Some((class, "JNDIDataSourceProvider")) => {
                let name = file.value("database.JNDIProvider.name").unwrap_or("?");
                let message =
                    format!("the database is the JNDI data source `{name}` of a Java application server");
                return Err(refusal(file.location(class), message));
            }
            Some((_, "DefaultConnectionProvider")) | None => {}
            Some((class, _)) => {
                let message = format!("the connection provider `{}` is a Java class of its own", class.value);
                return Err(refusal(file.location(class), message));
            }
        }
        let Some(server_url) = file.get(SERVER_URL) else { return Ok(Self::Absent) };
        let location = file.location(server_url);
        if server_url.value.starts_with("jdbc:hsqldb:") {
            return Ok(Self::Embedded { location });
        }
        let user = encryption.xml_value(file, "database.defaultProvider.username")?;
        let password = encryption.xml_value(file, "database.defaultProvider.password")?;
        let url = jdbc_to_sqlx(&server_url.value, user.as_deref(), password.as_deref())
            .map_err(|error| refusal(location.clone(), format!("the database cannot be used: {error}")))?;
        let number = |name: &str, default: u32| {
            let value = file.value(name).and_then(java_int).and_then(|number| u32::try_from(number).ok());
            value.unwrap_or(default)
        };
        let min_connections = number("database.defaultProvider.minConnections", DEFAULT_CONNECTIONS.0);
        let max_connections = number("database.defaultProvider.maxConnections", DEFAULT_CONNECTIONS.1);
        Ok(Self::Server(Box::new(ServerDatabase {
            url,
            location,
            min_connections,
            max_connections: max_connections.max(min_connections).max(1),
        })))
    }
}

fn simple_name(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}

fn refusal(location: Location, message: String) -> Box<Diagnostic> {
    let found = Diagnostic::new("openfire-database", Severity::Error, location, message);
    Box::new(found.help("name the database with --database, for example mysql://USER:PASSWORD@HOST/DATABASE"))
}

#[cfg(test)]
mod tests {
    use cobnut_diagnostics::Source;

    use super::*;

    fn read(inner: &str) -> Result<DatabaseSettings, Box<Diagnostic>> {
        let source = Source::new("conf/openfire.xml", format!("<jive>\n{inner}</jive>"));
        DatabaseSettings::from_openfire(&XmlProperties::parse(&source).unwrap(), &Encryption::default())
    }

    fn server(inner: &str) -> String {
        format!(
            "<database><defaultProvider><serverURL>jdbc:mysql://db/of</serverURL>{inner}</defaultProvider></database>"
        )
    }

    #[test]
    fn encrypted_credentials_and_pool() {
        let inner = server(
            "<username encrypted=\"true\">10d847caed2654fbb1fe6cefac0f381893323ae6b5eea27d31503d5880091fca</username>\
             <password encrypted=\"true\">30c1893796e0110fc4607c8b1bca0d0e54f10b270c4615d3</password>\
             <minConnections>5</minConnections><maxConnections>25</maxConnections>",
        );
        let Ok(DatabaseSettings::Server(found)) = read(&inner) else { panic!("a server") };
        assert_eq!(found.url.url, "mysql://openfire:hunter2@db/of");
        assert_eq!((found.min_connections, found.max_connections, found.location.start().line), (5, 25, 2));
        let Ok(DatabaseSettings::Server(found)) = read(&server("<maxConnections>x</maxConnections>")) else {
            panic!()
        };
        assert_eq!((found.min_connections, found.max_connections), DEFAULT_CONNECTIONS);
    }

    #[test]
    fn providers() {
        let class =
            |name: &str| format!("<connectionProvider><className>{name}</className></connectionProvider>");
        let embedded = class("org.jivesoftware.database.EmbeddedConnectionProvider");
        assert!(matches!(read(&embedded), Ok(DatabaseSettings::Embedded { .. })));
        let url = server("").replace("jdbc:mysql://db/of", "jdbc:hsqldb:/opt/openfire/embedded-db/openfire");
        assert!(matches!(read(&url), Ok(DatabaseSettings::Embedded { .. })));
        assert!(matches!(read(""), Ok(DatabaseSettings::Absent)));
        let standard = class("org.jivesoftware.database.DefaultConnectionProvider") + &server("");
        assert!(matches!(read(&standard), Ok(DatabaseSettings::Server(_))));
        let check = |inner: &str, needle: &str| {
            let error = read(inner).unwrap_err();
            assert_eq!(error.line(), 2);
            assert!(error.message().contains(needle) && error.advice()[0].contains("--database"), "{error}");
        };
        let name = "<database><JNDIProvider><name>java:comp/env/jdbc/of</name></JNDIProvider></database>";
        check(&(class("org.jivesoftware.database.JNDIDataSourceProvider") + name), "java:comp/env/jdbc/of");
        check(&class("com.example.Own"), "com.example.Own");
        check(&server("").replace("mysql", "oracle"), "`oracle`");
    }
}
