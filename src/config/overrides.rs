//! Settings from outside of the files, which Hazelcast reads since 4.2 and Openfire's plugin never asks for.

use crate::elements;

/// Environment variables that look like overrides and are none.
const EXCLUDED: [&str; 4] = ["HZ_HOME", "HZ_LICENSE_KEY", "HZ_PHONE_HOME_ENABLED", "HZ_CP_MOUNT"];
/// The system property that names another file.
const CONFIG_FILE: &str = "hazelcast.config";

/// A setting that looks as if it changed the configuration and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IneffectiveOverride {
    /// The variable or property without `-D` and value.
    pub name: String,
    /// Where it comes from.
    pub origin: OverrideOrigin,
    /// The setting that Hazelcast would take it for: `network.port.auto-increment`, dashes missing in variables. Empty for
    /// the name of a file.
    pub setting: String,
}

/// Where an override comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverrideOrigin {
    /// An environment variable, `HZ_NETWORK_PORT`.
    Environment,
    /// A Java system property, `-Dhz.network.port`.
    SystemProperty,
}

impl std::fmt::Display for IneffectiveOverride {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = match self.origin {
            OverrideOrigin::Environment => "the environment variable",
            OverrideOrigin::SystemProperty => "the system property",
        };
        let name = &self.name;
        if self.setting.is_empty() {
            return write!(
                f,
                "{place} {name} names no file for a Hazelcast inside Openfire: name the file with --config"
            );
        }
        write!(
            f,
            "{place} {name} does not change {}: Openfire hands Hazelcast a file, and for that Hazelcast asks neither the \
             environment nor -Dhz.…; write the setting into the file",
            self.setting
        )
    }
}

/// The overrides among names of environment variables and system properties (with or without `-D` and a value) that Hazelcast
/// would apply when it looks for its configuration by itself.
///
/// Openfire hands Hazelcast a file, and for that Hazelcast asks neither the environment nor `-Dhz.…`; cobnut does as
/// Openfire does. Names whose first part is no element of the configuration are left out: Hazelcast only warns of them.
pub fn ineffective_overrides<'a>(names: impl Iterator<Item = &'a str>) -> Vec<IneffectiveOverride> {
    names.filter_map(of_name).collect()
}

fn of_name(name: &str) -> Option<IneffectiveOverride> {
    let name = name.trim();
    let name = name.strip_prefix("-D").unwrap_or(name);
    let name = name.split('=').next().unwrap_or(name);
    let found = |origin, setting: String| IneffectiveOverride { name: name.to_owned(), origin, setting };
    if name == CONFIG_FILE {
        return Some(found(OverrideOrigin::SystemProperty, String::new()));
    }
    // Hazelcast drops blanks within names and compares letters in lower case.
    let squeezed: String = name.chars().filter(|character| *character != ' ').collect();
    if EXCLUDED.contains(&squeezed.as_str()) {
        return None;
    }
    let (origin, setting) = if let Some(rest) = squeezed.strip_prefix("HZ_") {
        (OverrideOrigin::Environment, rest.replace('_', "."))
    } else {
        (OverrideOrigin::SystemProperty, squeezed.strip_prefix("hz.")?.to_owned())
    };
    let setting = setting.to_lowercase();
    is_element(setting.split('.').next().unwrap_or_default()).then(|| found(origin, setting))
}

/// Whether a child of the root has this name, dashes aside.
fn is_element(name: &str) -> bool {
    let plain = |name: &str| name.replace('-', "");
    elements::children(elements::ROOT).any(|known| plain(known.info.name) == plain(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_hazelcast_would_apply_is_named() {
        let cases = [
            ("HZ_CLUSTERNAME", Some((OverrideOrigin::Environment, "clustername"))),
            (
                "HZ_NETWORK_JOIN_MULTICAST_ENABLED=false",
                Some((OverrideOrigin::Environment, "network.join.multicast.enabled")),
            ),
            (
                "-Dhz.network.port.auto-increment=false",
                Some((OverrideOrigin::SystemProperty, "network.port.auto-increment")),
            ),
            ("hz.cluster-name", Some((OverrideOrigin::SystemProperty, "cluster-name"))),
            ("hz.Network.port", Some((OverrideOrigin::SystemProperty, "network.port"))),
            ("-Dhazelcast.config=/x.xml", Some((OverrideOrigin::SystemProperty, ""))),
            ("HZ_HOME", None),
            ("HZ_LICENSE_KEY", None),
            ("HZ_PHONE_HOME_ENABLED", None),
            ("HZ_VERSION", None),
            ("HZ_", None),
            ("HZCLIENT_CLUSTERNAME", None),
            ("hz_network_port", None),
            ("hz-client.cluster-name", None),
            ("-Dhazelcast.heartbeat.interval.seconds=2", None),
            ("PATH", None),
        ];
        for (name, expected) in cases {
            let found = ineffective_overrides(std::iter::once(name));
            let found = found.first().map(|found| (found.origin, found.setting.as_str()));
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn people_are_told_what_to_write_instead() {
        let told: Vec<String> =
            ineffective_overrides(["HZ_NETWORK_PORT_PORT", "PATH", "-Dhazelcast.config=x.xml"].into_iter())
                .iter()
                .map(ToString::to_string)
                .collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].starts_with(
                "the environment variable HZ_NETWORK_PORT_PORT does not change network.port.port"
            )
        );
        assert!(told[1].contains("--config"), "{told:?}");
    }
}
