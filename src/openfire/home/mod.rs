//! Where the files of an Openfire home lie: knowledge only, the caller looks and reads.

mod hazelcast;
mod plugin;
mod stores;

pub use hazelcast::{
    Candidate, HazelcastNames, LOCAL_CONFIG, LOCAL_TEMPLATES, PluginFolder, hazelcast_candidates,
};
pub use plugin::{PluginGeneration, PluginInfo, PluginVersion};
pub use stores::{ConnectionKind, DEFAULT_STORE_PASSWORD, StoreKind, StoreSettings, store_paths};

/// The bootstrap properties.
pub const OPENFIRE_XML: &str = "conf/openfire.xml";
/// What an unclean stop may leave behind instead; Openfire looks for it when it finds the other nowhere.
pub const OPENFIRE_XML_TMP: &str = "conf/openfire.xml.tmp";
/// Encryption of properties.
pub const SECURITY_XML: &str = "conf/security.xml";
/// The statements that make up the embedded database.
pub const EMBEDDED_SCRIPT: &str = "embedded-db/openfire.script";
/// Statements since the script was last written; there only if Openfire was not stopped cleanly or runs.
pub const EMBEDDED_LOG: &str = "embedded-db/openfire.log";
/// State of the embedded database.
pub const EMBEDDED_PROPERTIES: &str = "embedded-db/openfire.properties";

/// A relative path of a property made a path below the home, as Openfire does; an absolute one stays.
pub fn below_home(home: &str, path: &str) -> String {
    let is_absolute =
        path.starts_with(['/', '\\']) || path.get(1..3).is_some_and(|rest| matches!(rest, ":\\" | ":/"));
    if is_absolute || home.is_empty() {
        return path.to_owned();
    }
    format!("{}/{path}", home.trim_end_matches(['/', '\\']))
}

#[cfg(test)]
mod tests {
    use super::below_home;

    #[test]
    fn only_relative_paths_move() {
        for (path, expected) in [
            ("a/b", "/home/of/a/b"),
            ("/etc/x", "/etc/x"),
            ("C:\\x", "C:\\x"),
            ("C:/x", "C:/x"),
            ("c", "/home/of/c"),
        ] {
            assert_eq!(below_home("/home/of/", path), expected);
        }
    }
}
