//! Which release of the Hazelcast plugin lies in a home.

use std::fmt;

use cobnut_diagnostics::{Diagnostic, Source};

use crate::XmlProperties;

/// A version of the plugin or of Hazelcast: up to four numbers, as in `2.5.1` and `5.5.0.2` or `5.5.0-2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PluginVersion(pub [u32; 4]);

impl PluginVersion {
    /// Reads a version; words such as `-SNAPSHOT` or `Release` behind the numbers are ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = [0; 4];
        let parts = text.trim().split(['.', '-', ' ', '_']);
        let parts = parts.map_while(|part| part.parse::<u32>().ok());
        let mut count = 0;
        for (slot, number) in numbers.iter_mut().zip(parts) {
            *slot = number;
            count += 1;
        }
        (count > 0).then_some(Self(numbers))
    }
}

impl fmt::Display for PluginVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch, build] = self.0;
        write!(f, "{major}.{minor}.{patch}")?;
        if build > 0 { write!(f, ".{build}") } else { Ok(()) }
    }
}

/// What the releases of the plugin have in common for somebody who reads their files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PluginGeneration {
    /// Before 2.3.0, Hazelcast 2.3 to 3.5: one file within the plugin, edited in place.
    OneFile,
    /// 2.3.0 to 2.6.1, Hazelcast 3.9 to 3.12: the plugin's file imports the node's own; `<group>` names the cluster.
    TwoFiles,
    /// From 3.0.0 on, Hazelcast 5: `<cluster-name>` in the plugin's file, and a leftover `<group>` is fatal.
    Hazelcast5,
}

/// What is known of the plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginInfo {
    /// Version of the plugin, from `plugin.xml` or the name of its jar.
    pub version: Option<PluginVersion>,
    /// Version of Hazelcast in it: from the name of its jar, or the one that this version of the plugin came with.
    pub hazelcast: Option<PluginVersion>,
}

/// First version of the plugin and the Hazelcast in it, oldest first.
const RELEASES: [([u32; 4], [u32; 4]); 19] = [
    ([1, 0, 0, 0], [2, 3, 0, 0]),
    ([1, 0, 1, 0], [2, 4, 1, 0]),
    ([1, 0, 3, 0], [2, 5, 0, 0]),
    ([1, 0, 6, 0], [2, 5, 1, 0]),
    ([1, 2, 0, 0], [3, 1, 5, 0]),
    ([1, 2, 1, 0], [3, 1, 7, 0]),
    ([1, 3, 1, 0], [3, 3, 1, 0]),
    ([1, 3, 3, 0], [3, 3, 3, 0]),
    ([2, 0, 0, 0], [3, 4, 0, 0]),
    ([2, 1, 0, 0], [3, 5, 1, 0]),
    ([2, 2, 0, 0], [3, 5, 1, 0]),
    ([2, 3, 0, 0], [3, 9, 2, 0]),
    ([2, 4, 0, 0], [3, 11, 1, 0]),
    ([2, 4, 2, 0], [3, 12, 0, 0]),
    ([2, 5, 0, 0], [3, 12, 5, 0]),
    ([2, 6, 0, 0], [3, 12, 5, 0]),
    ([3, 0, 0, 0], [5, 3, 7, 0]),
    ([3, 1, 0, 0], [5, 3, 7, 0]),
    ([5, 5, 0, 0], [5, 5, 0, 0]),
];

impl PluginInfo {
    /// From the plugin's `plugin.xml`.
    ///
    /// # Errors
    /// The file is not well-formed.
    pub fn from_plugin_xml(source: &Source) -> Result<Self, Box<Diagnostic>> {
        let version = XmlProperties::parse(source)?.value("version").and_then(PluginVersion::parse);
        Ok(Self { version, hazelcast: version.and_then(hazelcast_of) })
    }

    /// From the names of the jars in `plugins/hazelcast/lib`; `None` if none of them is of Hazelcast.
    ///
    /// The plugin's own jar and Hazelcast's have the same kind of name; Hazelcast's number was never the smaller one.
    pub fn from_jar_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let version_of = |name: &str| {
            let rest = name.strip_suffix(".jar")?.strip_prefix("hazelcast-")?;
            PluginVersion::parse(rest.strip_prefix("all-").unwrap_or(rest))
        };
        let mut versions: Vec<_> = names.into_iter().filter_map(version_of).collect();
        versions.sort();
        // `5.5.0.2` is the plugin around `5.5.0`.
        let is_plugin_of =
            |plugin: PluginVersion, other: PluginVersion| plugin.0[..3] == other.0[..3] && plugin.0[3] > 0;
        let (version, hazelcast) = match versions[..] {
            [] => return None,
            [only] => (None, only),
            [.., other, last] if is_plugin_of(last, other) => (Some(last), other),
            [first, .., last] => (Some(first), last),
        };
        Some(Self { version, hazelcast: Some(hazelcast) })
    }

    /// How its files are laid out; a plugin of which nothing is known counts as the newest.
    pub fn generation(&self) -> PluginGeneration {
        let hazelcast = self.hazelcast.or_else(|| self.version.and_then(hazelcast_of));
        match hazelcast {
            Some(PluginVersion([..=2, ..] | [3, ..=8, ..])) => PluginGeneration::OneFile,
            Some(PluginVersion([3, ..])) => PluginGeneration::TwoFiles,
            _ => PluginGeneration::Hazelcast5,
        }
    }
}

fn hazelcast_of(plugin: PluginVersion) -> Option<PluginVersion> {
    let known = RELEASES.iter().rev().find(|(first, _)| *first <= plugin.0);
    known.map(|(_, hazelcast)| PluginVersion(*hazelcast))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_by_plugin_version() {
        let check = |version: &str, expected: PluginGeneration, hazelcast: &str| {
            let text = format!("<plugin><name>Hazelcast Plugin</name><version>{version}</version></plugin>");
            let info = PluginInfo::from_plugin_xml(&Source::new("plugin.xml", text)).unwrap();
            assert_eq!(info.generation(), expected, "{version}");
            assert_eq!(
                info.hazelcast.map(|version| version.to_string()).as_deref(),
                Some(hazelcast),
                "{version}"
            );
        };
        check("1.0.6", PluginGeneration::OneFile, "2.5.1");
        check("1.1.0", PluginGeneration::OneFile, "2.5.1");
        check("2.2.4", PluginGeneration::OneFile, "3.5.1");
        check("2.3.0", PluginGeneration::TwoFiles, "3.9.2");
        check("2.6.1", PluginGeneration::TwoFiles, "3.12.5");
        check("3.0.0", PluginGeneration::Hazelcast5, "5.3.7");
        check("5.5.0.1", PluginGeneration::Hazelcast5, "5.5.0");
        check("5.5.0-2 SNAPSHOT", PluginGeneration::Hazelcast5, "5.5.0");
    }

    #[test]
    fn generations_by_names_of_jars() {
        let check = |names: &[&str], plugin: Option<&str>, hazelcast: &str, expected: PluginGeneration| {
            let info = PluginInfo::from_jar_names(names.iter().copied()).unwrap();
            let text = |version: Option<PluginVersion>| version.map(|version| version.to_string());
            assert_eq!(text(info.version).as_deref(), plugin, "{names:?}");
            assert_eq!(text(info.hazelcast).as_deref(), Some(hazelcast), "{names:?}");
            assert_eq!(info.generation(), expected, "{names:?}");
        };
        check(&["plugin-hazelcast.jar", "hazelcast-3.5.1.jar"], None, "3.5.1", PluginGeneration::OneFile);
        let split = ["hazelcast-3.12.5.jar", "hazelcast-2.6.1.jar", "hazelcast-aws-2.4.jar"];
        check(&split, Some("2.6.1"), "3.12.5", PluginGeneration::TwoFiles);
        check(&["hazelcast-all-3.9.2.jar"], None, "3.9.2", PluginGeneration::TwoFiles);
        let five = ["hazelcast-5.3.7.jar", "hazelcast-3.0.0.jar"];
        check(&five, Some("3.0.0"), "5.3.7", PluginGeneration::Hazelcast5);
        let newest = ["hazelcast-5.5.0.1.jar", "hazelcast-5.5.0.jar"];
        check(&newest, Some("5.5.0.1"), "5.5.0", PluginGeneration::Hazelcast5);
        assert_eq!(PluginInfo::from_jar_names(["openfire.jar", "hazelcast-.jar"]), None);
    }
}
