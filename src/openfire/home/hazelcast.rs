//! The order in which the plugin finds its Hazelcast configuration.
//!
//! The name comes from a system property and is looked for on the class path of the plugin, then in a folder. From plugin
//! 2.3.0 on, the file found imports the node's own one from `conf`.

use crate::home::{PluginGeneration, PluginInfo};

/// The node's own part, since plugin 2.3.0.
pub const LOCAL_CONFIG: &str = "conf/hazelcast-local-config.xml";
/// Names of the template within the plugin from which the node's own part is made at the first start, newest first.
pub const LOCAL_TEMPLATES: [&str; 2] =
    ["hazelcast-local-config.template.xml", "hazelcast-local-config.xml.template"];

const DEFAULT_FILENAME: &str = "hazelcast-cache-config.xml";
const DEFAULT_DIRECTORY: &str = "conf";
const PLUGIN_FOLDER: &str = "plugins/hazelcast";
const PLUGIN_JAR: &str = "plugins/hazelcast.jar";

/// What the system properties `hazelcast.config.xml.filename` and `.directory` say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HazelcastNames {
    /// Name of the file without a folder.
    pub filename: String,
    /// The extra folder: absolute, or relative to the home.
    pub directory: String,
}

impl Default for HazelcastNames {
    fn default() -> Self {
        Self { filename: DEFAULT_FILENAME.to_owned(), directory: DEFAULT_DIRECTORY.to_owned() }
    }
}

impl HazelcastNames {
    /// From the system properties; absent or empty ones have Openfire's defaults.
    pub fn from_properties(property: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str, default: &str| {
            let value = property(name).map(|value| value.trim().to_owned());
            value.filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
        };
        Self {
            filename: given("hazelcast.config.xml.filename", DEFAULT_FILENAME),
            directory: given("hazelcast.config.xml.directory", DEFAULT_DIRECTORY),
        }
    }
}

/// What the caller found of the plugin in the home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PluginFolder<'a> {
    /// Whether `plugins/hazelcast/` exists.
    pub is_exploded: bool,
    /// Whether `plugins/hazelcast.jar` exists.
    pub has_jar: bool,
    /// What `plugin.xml` or the names of the jars said.
    pub info: Option<&'a PluginInfo>,
}

/// A place at which the configuration may lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Path, relative to the home unless absolute.
    pub path: String,
    /// If `path` is an archive (a zip file): the entry in it.
    pub entry: Option<String>,
    /// Whether the file found here is expected to import the node's own part with an `<import>`.
    pub imports_local: bool,
    /// Why this place comes here, for `config show` and messages.
    pub why: &'static str,
}

/// The places in order: the first that exists is the configuration. If none does, the plugin's defaults apply.
pub fn hazelcast_candidates(names: &HazelcastNames, plugin: PluginFolder<'_>) -> Vec<Candidate> {
    let generation = plugin.info.map(PluginInfo::generation);
    let imports_local = generation != Some(PluginGeneration::OneFile);
    let file = &names.filename;
    let place = |path: String, why| Candidate { path, entry: None, imports_local, why };
    let mut found = Vec::new();
    if plugin.is_exploded {
        let path = format!("{PLUGIN_FOLDER}/classes/{file}");
        found.push(place(path, "the class path of the plugin comes first"));
    } else if plugin.has_jar {
        // Openfire unpacks the archive before it starts the plugin, so its content counts like the folder's.
        let entry = Some(format!("classes/{file}"));
        let why = "the plugin is not unpacked yet; Openfire would do so at its start";
        found.push(Candidate { path: PLUGIN_JAR.to_owned(), entry, imports_local, why });
    }
    found.push(place(
        format!("{}/{file}", names.directory.trim_end_matches('/')),
        "the folder of hazelcast.config.xml.directory comes after the plugin",
    ));
    if !(plugin.is_exploded || plugin.has_jar) {
        let why = "there is no plugin whose file would import this one, so it is read alone";
        found.push(Candidate { imports_local: false, ..place(LOCAL_CONFIG.to_owned(), why) });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &HazelcastNames, plugin: PluginFolder<'_>) -> Vec<String> {
        let candidates = hazelcast_candidates(names, plugin);
        let text = |found: Candidate| match found.entry {
            Some(entry) => format!("{}!{entry}", found.path),
            None => found.path,
        };
        candidates.into_iter().map(text).collect()
    }

    #[test]
    fn the_plugin_comes_before_the_folder() {
        let names = HazelcastNames::default();
        let exploded = PluginFolder { is_exploded: true, has_jar: true, info: None };
        let classes = "plugins/hazelcast/classes/hazelcast-cache-config.xml";
        assert_eq!(paths(&names, exploded), [classes, "conf/hazelcast-cache-config.xml"]);
        let packed = PluginFolder { is_exploded: false, has_jar: true, info: None };
        let entry = "plugins/hazelcast.jar!classes/hazelcast-cache-config.xml";
        assert_eq!(paths(&names, packed), [entry, "conf/hazelcast-cache-config.xml"]);
        let none = PluginFolder::default();
        assert_eq!(paths(&names, none), ["conf/hazelcast-cache-config.xml", LOCAL_CONFIG]);
    }

    #[test]
    fn properties_name_another_file() {
        let names = HazelcastNames::from_properties(|name| match name {
            "hazelcast.config.xml.filename" => Some(" own.xml ".to_owned()),
            "hazelcast.config.xml.directory" => Some("/etc/openfire/".to_owned()),
            _ => None,
        });
        let plugin = PluginFolder { is_exploded: true, ..PluginFolder::default() };
        assert_eq!(paths(&names, plugin), ["plugins/hazelcast/classes/own.xml", "/etc/openfire/own.xml"]);
        assert_eq!(HazelcastNames::from_properties(|_| Some(String::new())), HazelcastNames::default());
    }

    #[test]
    fn before_the_split_there_is_one_file() {
        let info = PluginInfo::from_jar_names(["hazelcast-3.5.1.jar"]).unwrap();
        let plugin = PluginFolder { is_exploded: true, has_jar: false, info: Some(&info) };
        assert!(
            hazelcast_candidates(&HazelcastNames::default(), plugin).iter().all(|place| !place.imports_local)
        );
    }
}
