//! What a node takes from an Openfire home: `conf/openfire.xml` and the place of the Hazelcast configuration.
//!
//! Files are read and never written. Values that cannot be obeyed stop the start; they are never guessed.

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use roxmltree::{Document, Node};

/// The bootstrap properties of a home: dotted names with their text.
#[derive(Debug)]
pub(crate) struct OpenfireHome {
    folder: PathBuf,
    file: PathBuf,
    properties: BTreeMap<String, Property>,
}

/// One value of `openfire.xml` and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    /// Trimmed text.
    pub(crate) value: String,
    /// Line in the file, from 1.
    pub(crate) line: u32,
    is_encrypted: bool,
}

impl OpenfireHome {
    /// Reads `conf/openfire.xml` below `folder`, or `conf/openfire.xml.tmp` that an unclean stop left behind.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let wanted = folder.join("conf/openfire.xml");
        let left_behind = folder.join("conf/openfire.xml.tmp");
        let file = if wanted.exists() || !left_behind.exists() { wanted } else { left_behind };
        let text = fs::read_to_string(&file).with_context(|| {
            format!("read {}; --home takes the folder that holds conf/openfire.xml", file.display())
        })?;
        let properties = parse(&text).with_context(|| format!("read {}", file.display()))?;
        Ok(Self { folder: folder.to_owned(), file, properties })
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
        format!("{}:{}", self.file.display(), property.line)
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
        jdbc_to_sqlx(&url.value, user, password)
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

    fn clear_text(&self, name: &str) -> Result<Option<&str>> {
        match self.property(name) {
            Some(property) if property.is_encrypted => bail!(
                "{}: <{}> is encrypted, which this version cannot read; name the database with --database",
                self.origin(property),
                name.rsplit('.').next().unwrap_or(name)
            ),
            found => Ok(found.map(|property| property.value.as_str())),
        }
    }
}

fn parse(text: &str) -> Result<BTreeMap<String, Property>> {
    let options = roxmltree::ParsingOptions { nodes_limit: 100_000, ..Default::default() };
    let document = Document::parse_with_options(text.trim_start_matches('\u{feff}'), options)?;
    let root = document.root_element();
    if root.tag_name().name() != "jive" {
        bail!("the root element is <{}>, not <jive>", root.tag_name().name());
    }
    let mut properties = BTreeMap::new();
    collect(root, "", &mut properties);
    Ok(properties)
}

fn collect(parent: Node<'_, '_>, prefix: &str, into: &mut BTreeMap<String, Property>) {
    for child in parent.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        let value: String = child.children().filter(Node::is_text).filter_map(|text| text.text()).collect();
        if !value.trim().is_empty() {
            let line = child.document().text_pos_at(child.range().start).row;
            let is_encrypted = child.attribute("encrypted").is_some();
            into.entry(path.clone()).or_insert(Property {
                value: value.trim().to_owned(),
                line,
                is_encrypted,
            });
        }
        collect(child, &path, into);
    }
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
        assert_eq!(home.property("adminConsole.port").map(|port| port.line), Some(3));
        assert_eq!(home.value("fqdn"), None, "an empty element is an absent property");
        assert!(home.is_clustering_enabled());
        assert_eq!(
            home.database_url().expect("url").as_deref(),
            Some("mysql://of:p%40ss%2F1@db:3306/openfire")
        );
    }

    #[test]
    fn what_cannot_be_obeyed_is_refused_with_the_place() {
        let (_folder, encrypted) = home(
            "<jive><database><defaultProvider>\n<serverURL>jdbc:mysql://db/x</serverURL>\n\
             <password encrypted=\"true\">abcd</password></defaultProvider></database></jive>",
        );
        let err = encrypted.database_url().expect_err("encrypted").to_string();
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
