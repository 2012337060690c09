//! What a node takes from an Openfire home: `conf/openfire.xml`, `conf/security.xml` and the place of the Hazelcast
//! configuration.
//!
//! Files are read and never written. Values that cannot be obeyed stop the start; they are never guessed.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cobnut_diagnostics::{Diagnostic, Location, Source};
use cobnut_openfire::home::{
    EMBEDDED_SCRIPT, HazelcastNames, LOCAL_CONFIG, OPENFIRE_XML, OPENFIRE_XML_TMP, PluginFolder, PluginInfo,
    SECURITY_XML, below_home, hazelcast_candidates,
};
use cobnut_openfire::{DatabaseSettings, Encryption, Property, XmlProperties, java_bool, system_properties};
use tracing::warn;

use super::Setting;

/// Folder of the unpacked plugin.
const PLUGIN_FOLDER: &str = "plugins/hazelcast";

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
        let wanted = folder.join(OPENFIRE_XML);
        let left_behind = folder.join(OPENFIRE_XML_TMP);
        let file = if wanted.exists() || !left_behind.exists() { wanted } else { left_behind };
        let properties = read_xml(&file, "jive").with_context(|| {
            format!("read {}; --home takes the folder that holds conf/openfire.xml", file.display())
        })?;
        let encryption = encryption_below(folder)?.unwrap_or_default();
        Ok(Self { folder: folder.to_owned(), file, properties, encryption })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// `openfire.xml`, or what an unclean stop left of it.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// How values of its files and of its database are encrypted.
    pub(crate) fn encryption(&self) -> &Encryption {
        &self.encryption
    }

    /// A property by its dotted name, for example `adminConsole.port`.
    pub(crate) fn property(&self, name: &str) -> Option<&Property> {
        self.properties.get(name)
    }

    /// Every property that Openfire would read, in the order of the file.
    pub(crate) fn properties(&self) -> impl Iterator<Item = &Property> {
        self.properties
            .iter()
            .filter(|property| property.is_first && !property.has_children && !property.value.is_empty())
    }

    /// Text of a property.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.property(name).map(|property| property.value.as_str())
    }

    /// "file:line" of a property, for messages and the list of effective values.
    pub(crate) fn origin(&self, property: &Property) -> String {
        place(&self.properties.location(property))
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
        self.value("clustering.enabled").is_some_and(java_bool)
    }

    /// Every property of the file whose value would have to mean something else here: place, name and reason.
    pub(crate) fn refusals(&self) -> Vec<String> {
        let refused = self.properties().filter_map(|property| {
            let known = system_properties::find_in_openfire_xml(&property.name)
                .or_else(|| system_properties::find(&property.name))?;
            let reason = known.refusal(&property.value)?;
            Some(format!("{}: {} is {}: {reason}", self.origin(property), property.name, property.value))
        });
        refused.collect()
    }

    /// The database as a sqlx URL; `None` when the file names no connection provider at all.
    pub(crate) fn database_url(&self) -> Result<Option<Setting<String>>> {
        let settings =
            DatabaseSettings::from_openfire(&self.properties, &self.encryption).map_err(|finding| {
                let err = told(&finding);
                let names_way_out = finding.advice().iter().any(|advice| advice.contains("--database"));
                if names_way_out {
                    err
                } else {
                    anyhow::anyhow!("{err}; or name the database with --database")
                }
            })?;
        match settings {
            DatabaseSettings::Server(server) => {
                Ok(Some(Setting::new(server.url.url, place(&server.location))))
            }
            DatabaseSettings::Absent => Ok(None),
            DatabaseSettings::Embedded { location } => bail!(
                "{}: the database is Openfire's embedded HSQLDB, which one node can use at a time and no cluster can \
                 share; `cobnut import --hsqldb {} --database URL` brings its accounts into another database, which \
                 --database then names here as well",
                place(&location),
                self.folder.join(EMBEDDED_SCRIPT).display()
            ),
        }
    }

    /// What is known of the Hazelcast plugin of the home; `None` without the plugin.
    pub(crate) fn plugin(&self) -> Option<PluginInfo> {
        let folder = self.folder.join(PLUGIN_FOLDER);
        let by_jars = || {
            let entries = fs::read_dir(folder.join("lib")).ok()?;
            let names: Vec<String> =
                entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
            PluginInfo::from_jar_names(names.iter().map(String::as_str))
        };
        let description = folder.join("plugin.xml");
        let described = fs::read(&description).ok().and_then(|bytes| {
            let source = Source::decode(description.to_string_lossy(), bytes).ok()?;
            PluginInfo::from_plugin_xml(&source).ok()
        });
        described.filter(|info| info.version.is_some()).or_else(by_jars)
    }

    /// The Hazelcast file that applies, in the order in which the plugin would find it.
    pub(crate) fn hazelcast_file(&self) -> Option<PathBuf> {
        let info = self.plugin();
        let plugin = PluginFolder {
            is_exploded: self.folder.join(PLUGIN_FOLDER).is_dir(),
            has_jar: self.folder.join(PLUGIN_FOLDER).with_extension("jar").is_file(),
            info: info.as_ref(),
        };
        if plugin.has_jar && !plugin.is_exploded {
            warn!(
                folder = %self.folder.display(),
                "plugins/hazelcast.jar was never unpacked by Openfire; the files of conf are read instead of the one in it"
            );
        }
        let home = self.folder.to_string_lossy();
        let places = hazelcast_candidates(&HazelcastNames::default(), plugin);
        let files = places.into_iter().filter(|place| place.entry.is_none()).map(|place| place.path);
        // A plugin that was never unpacked would import this one.
        let files = files.chain(std::iter::once(LOCAL_CONFIG.to_owned()));
        files.map(|path| PathBuf::from(below_home(&home, &path))).find(|path| path.is_file())
    }
}

/// How `conf/security.xml` below a folder says that values are encrypted; `None` without that file.
pub(crate) fn encryption_below(folder: &Path) -> Result<Option<Encryption>> {
    let security = folder.join(SECURITY_XML);
    if !security.exists() {
        return Ok(None);
    }
    let file = read_xml(&security, "security").with_context(|| format!("read {}", security.display()))?;
    Encryption::from_security(&file).map(Some).map_err(|finding| told(&finding))
}

fn place(location: &Location) -> String {
    format!("{}:{}", location.source().name(), location.start().line)
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
             <serverURL>jdbc:mysql://db:3306/openfire?rewriteBatchedStatements=true</serverURL><username>of</username><password>p@ss/1</password>\n\
             </defaultProvider></database></jive>",
        );
        assert_eq!(home.value("adminConsole.port"), Some("9190"));
        assert_eq!(
            home.property("adminConsole.port").map(|port| home.origin(port).ends_with("openfire.xml:3")),
            Some(true)
        );
        assert_eq!(home.value("fqdn"), None, "an empty element is an absent property");
        assert!(home.is_clustering_enabled());
        let url = home.database_url().expect("url").expect("a server");
        assert!(url.value.starts_with("mysql://of:p%40ss%2F1@db:3306/openfire"), "{}", url.value);
        assert!(url.origin.ends_with("openfire.xml:7"), "{}", url.origin);
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
        let url = url.expect("url").expect("a server").value;
        assert!(url.starts_with("postgres://of:openfire@db/x"), "{url}");
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
        let err = embedded.database_url().expect_err("embedded").to_string();
        assert!(err.contains("openfire.xml:1") && err.contains("cobnut import --hsqldb"), "{err}");
        for (class, word) in
            [("org.x.JNDIDataSourceProvider", "JNDI"), ("com.example.Own", "com.example.Own")]
        {
            let (_folder, other) = home(&format!(
                "<jive>\n<connectionProvider><className>{class}</className></connectionProvider></jive>"
            ));
            let err = other.database_url().expect_err("a Java class").to_string();
            assert!(
                err.contains("openfire.xml:2") && err.contains(word) && err.contains("--database"),
                "{err}"
            );
        }
        for url in ["jdbc:oracle:thin:@h:1521:x", "jdbc:sqlserver://h;databaseName=x", "jdbc:db2://h/x"] {
            let (_folder, other) = home(&format!(
                "<jive><database><defaultProvider><serverURL>{url}</serverURL></defaultProvider></database></jive>"
            ));
            let err = other.database_url().expect_err("unsupported").to_string();
            assert!(err.contains("openfire.xml:1"), "{err}");
        }
    }

    #[test]
    fn other_providers_are_refused_with_place_and_name() {
        let (_folder, home) = home(
            "<jive>\n<provider><auth>\n<className>org.jivesoftware.openfire.ldap.LdapAuthProvider</className></auth>\n\
             <user><className>org.jivesoftware.openfire.user.DefaultUserProvider</className></user></provider></jive>",
        );
        let refusals = home.refusals();
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        assert!(refusals[0].contains("openfire.xml:3: provider.auth.className"), "{refusals:?}");
    }

    #[test]
    fn the_plugin_comes_before_the_folder() {
        let (folder, home) = home("<jive/>");
        assert_eq!(home.hazelcast_file(), None);
        let put = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            fs::write(&path, "<plugin><version>2.5.1</version></plugin>").expect("write");
            path
        };
        let local = put("conf/hazelcast-local-config.xml");
        assert_eq!(home.hazelcast_file(), Some(local));
        let cache = put("conf/hazelcast-cache-config.xml");
        assert_eq!(home.hazelcast_file(), Some(cache));
        let class_path = put("plugins/hazelcast/classes/hazelcast-cache-config.xml");
        put("plugins/hazelcast/plugin.xml");
        assert_eq!(home.hazelcast_file(), Some(class_path));
        let plugin = home.plugin().and_then(|info| info.version).map(|version| version.to_string());
        assert_eq!(plugin.as_deref(), Some("2.5.1"));
    }
}
