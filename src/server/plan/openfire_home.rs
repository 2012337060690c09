//! What a node takes from an Openfire home: `conf/openfire.xml` and the place of the Hazelcast configuration.
//!
//! Files are read and never written. Values that cannot be obeyed stop the start; they are never guessed.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cobnut_diagnostics::{Diagnostic, Source};
use cobnut_openfire::{Encryption, Property, XmlProperties};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The bootstrap properties of a home, and how its values are encrypted.
#[derive(Debug)]
pub(crate) struct OpenfireHome {
    folder: PathBuf,
    file: PathBuf,
    properties: XmlProperties,
    encryption: Encryption,
}

impl OpenfireHome {
    /// Reads `conf/openfire.xml` below `folder`, or `conf/openfire.xml.tmp` that an unclean stop left behind, and
    /// `conf/security.xml` if there is one.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let wanted = folder.join("conf/openfire.xml");
        let left_behind = folder.join("conf/openfire.xml.tmp");
        let file = if wanted.exists() || !left_behind.exists() { wanted } else { left_behind };
        let properties = read_xml(&file, "jive").with_context(|| {
            format!("read {}; --home takes the folder that holds conf/openfire.xml", file.display())
        })?;
        let security = folder.join("conf/security.xml");
        let encryption = if security.exists() {
            let file =
                read_xml(&security, "security").with_context(|| format!("read {}", security.display()))?;
            Encryption::from_security(&file).map_err(|finding| told(&finding))?
        } else {
            Encryption::default()
        };
        Ok(Self { folder: folder.to_owned(), file, properties, encryption })
    }

    /// How values of its files and of its database are encrypted.
    pub(crate) fn encryption(&self) -> &Encryption {
        &self.encryption
    }

    /// A property by its dotted name, for example `adminConsole.port`.
    pub(crate) fn property(&self, name: &str) -> Option<&Property> {
        self.properties.get(name)
    }

    /// Text of a property.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.property(name).map(|property| property.value.as_str())
    }

    /// "file:line" of a property, for messages and the list of effective values.
    pub(crate) fn origin(&self, property: &Property) -> String {
        format!("{}:{}", self.file.display(), self.properties.location(property).start().line)
    }

    /// A property that holds an address to bind.
    pub(crate) fn address(&self, property: &Property) -> Result<IpAddr> {
        property.value.parse().with_context(|| {
            format!(
                "use `{}` of {} as an address; --bind overrides it",
                property.value,
                self.origin(property)
            )
        })
    }

    /// Whether this node's file switches clustering on.
    pub(crate) fn is_clustering_enabled(&self) -> bool {
        self.value("clustering.enabled").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The database as a sqlx URL; `None` when the file names no connection provider at all.
    pub(crate) fn database_url(&self) -> Result<Option<String>> {
        let provider = self.value("connectionProvider.className").unwrap_or_default();
        if provider.ends_with("EmbeddedConnectionProvider") {
            bail!(
                "{} uses Openfire's embedded HSQLDB, which cannot be shared by a cluster; \
                 name another database with --database",
                self.file.display()
            );
        }
        if provider.ends_with("JNDIDataSourceProvider") {
            bail!("{} takes its database from JNDI; name the database with --database", self.file.display());
        }
        let Some(url) = self.property("database.defaultProvider.serverURL") else { return Ok(None) };
        let user = self.clear_text("database.defaultProvider.username")?;
        let password = self.clear_text("database.defaultProvider.password")?;
        jdbc_to_sqlx(&url.value, user.as_deref(), password.as_deref())
            .map(Some)
            .with_context(|| format!("use the database of {}", self.origin(url)))
    }

    /// The Hazelcast file that applies, in the order in which the plugin would find it.
    pub(crate) fn hazelcast_file(&self) -> Option<PathBuf> {
        [
            "plugins/hazelcast/classes/hazelcast-cache-config.xml",
            "conf/hazelcast-cache-config.xml",
            "conf/hazelcast-local-config.xml",
        ]
        .iter()
        .map(|path| self.folder.join(path))
        .find(|path| path.is_file())
    }

    fn clear_text(&self, name: &str) -> Result<Option<String>> {
        self.encryption
            .xml_value(&self.properties, name)
            .map_err(|finding| told(&finding).context("name the database with --database, or mend the file"))
    }
}

fn read_xml(file: &Path, root: &str) -> Result<XmlProperties> {
    let source = Source::decode(file.to_string_lossy(), fs::read(file)?)?;
    let properties = XmlProperties::parse(&source).map_err(|finding| told(&finding))?;
    if properties.root_name() != root {
        bail!("the root element is <{}>, not <{root}>", properties.root_name());
    }
    Ok(properties)
}

/// A finding as the reason why a node does not start.
fn told(finding: &Diagnostic) -> anyhow::Error {
    let told: Vec<&str> = std::iter::once(finding.message())
        .chain(finding.notes().iter().chain(finding.advice()).map(String::as_str))
        .collect();
    let name = finding.source().name();
    anyhow::anyhow!("{name}:{}:{}: {}", finding.line(), finding.column(), told.join("; "))
}

/// Rewrites a JDBC URL. Parameters of the Java driver mean nothing to ours and are left out.
fn jdbc_to_sqlx(url: &str, user: Option<&str>, password: Option<&str>) -> Result<String> {
    let Some((scheme, rest)) = url.strip_prefix("jdbc:").and_then(|rest| rest.split_once("://")) else {
        bail!("`{url}` is not a JDBC URL of a database server");
    };
    let scheme = match scheme {
        "mysql" | "mariadb" => "mysql",
        "postgresql" => "postgres",
        other => bail!("databases of type `{other}` are not supported"),
    };
    let (location, _java_parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let credentials = match (user, password) {
        (Some(user), Some(password)) => {
            format!("{}:{}@", utf8_percent_encode(user, USER_INFO), utf8_percent_encode(password, USER_INFO))
        }
        (Some(user), None) => format!("{}@", utf8_percent_encode(user, USER_INFO)),
        (None, _) => String::new(),
    };
    Ok(format!("{scheme}://{credentials}{location}"))
}

/// What the user information of a URL may hold as it is (RFC 3986 §3.2.1).
const USER_INFO: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    fn home(xml: &str) -> (tempfile::TempDir, OpenfireHome) {
        let folder = tempfile::tempdir().expect("folder");
        fs::create_dir_all(folder.path().join("conf")).expect("conf");
        fs::write(folder.path().join("conf/openfire.xml"), xml).expect("write");
        let home = OpenfireHome::read(folder.path()).expect("read");
        (folder, home)
    }

    #[test]
    fn reads_what_a_node_needs() {
        let (_folder, home) = home(
            "<?xml version=\"1.0\"?>\n<jive>\n<adminConsole><port> 9190 </port></adminConsole>\n<fqdn/>\n\
             <clustering><enabled>true</enabled></clustering>\n<database><defaultProvider>\n\
             <serverURL>jdbc:mysql://db:3306/openfire?a=b&amp;c=d</serverURL><username>of</username><password>p@ss/1</password>\n\
             </defaultProvider></database></jive>",
        );
        assert_eq!(home.value("adminConsole.port"), Some("9190"));
        assert_eq!(
            home.property("adminConsole.port").map(|port| home.origin(port).ends_with("openfire.xml:3")),
            Some(true)
        );
        assert_eq!(home.value("fqdn"), None, "an empty element is an absent property");
        assert!(home.is_clustering_enabled());
        assert_eq!(
            home.database_url().expect("url").as_deref(),
            Some("mysql://of:p%40ss%2F1@db:3306/openfire")
        );
    }

    #[test]
    fn encrypted_credentials_are_read_with_the_key_of_the_home() {
        let credentials = |algorithm: &str, username: &str, password: &str| {
            let folder = tempfile::tempdir().expect("folder");
            fs::create_dir_all(folder.path().join("conf")).expect("conf");
            let security = format!(
                "<security><encrypt><algorithm>{algorithm}</algorithm>\
                 <key><current>e3puB/5uHOtTBHRQO9AJfg==</current></key>\
                 <property><name>database.defaultProvider.password</name></property></encrypt></security>"
            );
            fs::write(folder.path().join("conf/security.xml"), security).expect("write");
            let openfire = format!(
                "<jive><database><defaultProvider><serverURL>jdbc:postgresql://db/x</serverURL>\
                 {username}\n{password}</defaultProvider></database></jive>"
            );
            fs::write(folder.path().join("conf/openfire.xml"), openfire).expect("write");
            OpenfireHome::read(folder.path()).expect("read").database_url()
        };
        let url = credentials(
            "AES",
            "<username>of</username>",
            "<password encrypted=\"true\">4m9CLWvzypCuxEWH/O3tyw==</password>",
        );
        assert_eq!(url.expect("url").as_deref(), Some("postgres://of:openfire@db/x"));
        let url = credentials(
            "Blowfish",
            "",
            "<password encrypted=\"true\">30c1893796e0110fc4607c8b1bca0d0e54f10b270c4615d3</password>",
        );
        let err = format!("{:#}", url.expect_err("another key"));
        assert!(err.contains("openfire.xml:2") && err.contains("--database"), "{err}");
    }

    #[test]
    fn what_cannot_be_obeyed_is_refused_with_the_place() {
        let (_folder, encrypted) = home(
            "<jive><database><defaultProvider>\n<serverURL>jdbc:mysql://db/x</serverURL>\n\
             <password encrypted=\"true\">abcd</password></defaultProvider></database></jive>",
        );
        let err = format!("{:#}", encrypted.database_url().expect_err("encrypted"));
        assert!(err.contains("openfire.xml:3") && err.contains("--database"), "{err}");
        let (_folder, embedded) = home(
            "<jive><connectionProvider><className>org.jivesoftware.database.EmbeddedConnectionProvider</className>\
             </connectionProvider></jive>",
        );
        assert!(embedded.database_url().expect_err("embedded").to_string().contains("HSQLDB"));
    }

    #[test]
    fn jdbc_urls() {
        let check = |url: &str, expected: Option<&str>| {
            assert_eq!(jdbc_to_sqlx(url, Some("u"), None).ok().as_deref(), expected, "{url}");
        };
        check("jdbc:mysql://h/db", Some("mysql://u@h/db"));
        check("jdbc:mariadb://h:3307/db?useSSL=false", Some("mysql://u@h:3307/db"));
        check("jdbc:postgresql://h/db", Some("postgres://u@h/db"));
        check("jdbc:hsqldb:/home/x", None);
        check("mysql://h/db", None);
    }
}
