//! Who may ask for the health on the mesh port.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use cobnut_config::AddressPattern;
use cobnut_console::EffectiveSetting;
use cobnut_mesh::MayProbe;

use super::cluster_config::ClusterConfig;
use super::{Properties, Setting, effective};

/// The system property: `all`, `none`, or addresses with `*` and ranges as in `<interfaces>`.
const PROBES: &str = "cobnut.mesh.probes";

/// Who may ask, as the file and the system property say; everybody where neither says anything.
///
/// # Errors
/// A property that is not understood: it could mean less than what would be open.
pub(super) fn probes(
    config: &ClusterConfig,
    properties: &Properties,
) -> Result<(Option<MayProbe>, EffectiveSetting)> {
    let is_off = file_forbids(config);
    let property = properties.get(PROBES);
    let (shown, origin) = match property {
        _ if is_off => ("none", "the Hazelcast configuration"),
        Some(property) => (property, "ofProperty"),
        None => ("all", "default"),
    };
    let row = effective(PROBES, &Setting::new(shown.to_owned(), origin));
    let may: Option<MayProbe> = match property {
        _ if is_off => Some(Arc::new(|_| false)),
        None | Some("all") => None,
        Some("none") => Some(Arc::new(|_| false)),
        Some(listed) => {
            let patterns = patterns(listed)?;
            Some(Arc::new(move |ip: IpAddr| {
                patterns.iter().any(|pattern| pattern.matches(ip.to_canonical()))
            }))
        }
    };
    Ok((may, row))
}

/// Whether the file itself says that the health endpoints do not answer. One that says nothing leaves them open: they tell
/// no more than the size and state of the cluster.
fn file_forbids(config: &ClusterConfig) -> bool {
    let rest = &config.config.network.rest_api;
    let group = rest.groups.iter().rev().find(|group| group.name.value.eq_ignore_ascii_case("HEALTH_CHECK"));
    let property = config.config.properties.value("hazelcast.http.healthcheck.enabled");
    (rest.enabled.span.is_some() && !*rest.enabled)
        || group.is_some_and(|group| !*group.enabled)
        || property.is_some_and(|value| value.value.trim().eq_ignore_ascii_case("false"))
}

fn patterns(listed: &str) -> Result<Vec<AddressPattern>> {
    let entries = listed.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let read = |entry: &str| {
        AddressPattern::parse(entry).with_context(|| {
            format!(
                "the system property {PROBES} names `{entry}`; write all, none, or addresses such as 192.168.5.* with commas \
                 between them"
            )
        })
    };
    entries.map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(text: &str, listed: &str) -> Result<bool> {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("hazelcast.xml");
        std::fs::write(&path, text).expect("write");
        let config = ClusterConfig::read(Some(&path), None).expect("configuration");
        let properties = Properties::new(vec![cobnut_store::SystemProperty {
            name: PROBES.to_owned(),
            value: Some(listed.to_owned()),
            is_encrypted: false,
        }]);
        let (may, _) = probes(&config, &properties)?;
        Ok(may.is_none_or(|may| may(IpAddr::from([192, 168, 5, 7]))))
    }

    #[test]
    fn who_may_probe_is_what_file_and_property_say() {
        let rest = |rest: &str| format!("<hazelcast><network>{rest}</network></hazelcast>");
        let property = "<hazelcast><properties><property name=\"hazelcast.http.healthcheck.enabled\">false</property>\
            </properties></hazelcast>";
        let off =
            "<rest-api enabled=\"true\"><endpoint-group name=\"HEALTH_CHECK\" enabled=\"false\"/></rest-api>";
        let cases = [
            (rest(""), "", true),
            (rest(""), "all", true),
            (rest(""), "none", false),
            (rest(""), "10.0.0.1, 192.168.5.*", true),
            (rest(""), "10.0.0.1,192.168.6.*", false),
            (rest("<rest-api enabled=\"false\"/>"), "", false),
            (rest("<rest-api enabled=\"false\"/>"), "192.168.5.7", false),
            (rest("<rest-api enabled=\"true\"/>"), "", true),
            (rest(off), "", false),
            (property.to_owned(), "", false),
        ];
        for (text, listed, expected) in cases {
            assert_eq!(may(&text, listed).expect("understood"), expected, "{listed:?} {text}");
        }
        assert!(may(&rest(""), "10.0.0.0/8").is_err(), "a value that is not understood opens nothing");
    }
}
