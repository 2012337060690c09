//! Who may ask on the mesh port, and for what.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use cobnut_config::AddressPattern;
use cobnut_console::EffectiveSetting;
use cobnut_mesh::{MayProbe, ProbeForm, ProbeGroups};

use super::cluster_config::ClusterConfig;
use super::{Properties, Setting, effective};

/// The system property: `all`, `none`, or addresses with `*` and ranges as in `<interfaces>`.
const PROBES: &str = "cobnut.mesh.probes";

/// What the plan takes from here.
pub(super) struct Probes {
    /// Who may ask; everybody where it is not limited.
    pub(super) may: Option<MayProbe>,
    pub(super) groups: ProbeGroups,
    pub(super) rows: [EffectiveSetting; 2],
}

/// Who may ask for what, as the file and the system property say; everybody for the health where neither says anything.
///
/// # Errors
/// A property that is not understood: it could mean less than what would be open.
pub(super) fn probes(config: &ClusterConfig, properties: &Properties) -> Result<Probes> {
    let groups = ProbeGroups { health_check: !forbids_health(config), cluster_read: reads_cluster(config) };
    let is_off = !groups.health_check && !groups.cluster_read;
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
    Ok(Probes { may, groups, rows: [row, groups_row(groups)] })
}

fn groups_row(groups: ProbeGroups) -> EffectiveSetting {
    let shown = match (groups.health_check, groups.cluster_read) {
        (true, true) => "HEALTH_CHECK, CLUSTER_READ",
        (true, false) => "HEALTH_CHECK",
        (false, true) => "CLUSTER_READ",
        (false, false) => "none",
    };
    let is_default = groups == ProbeGroups::default();
    let origin = if is_default { "default" } else { "the Hazelcast configuration" };
    effective("rest-api", &Setting::new(shown.to_owned(), origin))
}

/// Whether the file itself says that the health endpoints do not answer. One that says nothing leaves them open: they tell
/// no more than the size and state of the cluster.
fn forbids_health(config: &ClusterConfig) -> bool {
    let rest = &config.config.network.rest_api;
    let group = rest.groups.iter().rev().find(|group| group.name.value.eq_ignore_ascii_case("HEALTH_CHECK"));
    let property = config.config.properties.value("hazelcast.http.healthcheck.enabled");
    (rest.enabled.span.is_some() && !*rest.enabled)
        || group.is_some_and(|group| !*group.enabled)
        || property.is_some_and(|value| value.value.trim().eq_ignore_ascii_case("false"))
}

/// Whether the file itself says that members may be asked for; 3.x has a property for it, which 4.0 ignores.
fn reads_cluster(config: &ClusterConfig) -> bool {
    let property = config.config.properties.value("hazelcast.rest.enabled");
    let is_old = config.probe_form() == ProbeForm::Text;
    config.config.network.rest_api.serves("CLUSTER_READ")
        || (is_old && property.is_some_and(|value| value.value.trim().eq_ignore_ascii_case("true")))
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

    fn read(text: &str, listed: &str) -> Result<Probes> {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("hazelcast.xml");
        std::fs::write(&path, text).expect("write");
        let config = ClusterConfig::read(Some(&path), None).expect("configuration");
        let properties = Properties::new(vec![cobnut_store::SystemProperty {
            name: PROBES.to_owned(),
            value: Some(listed.to_owned()),
            is_encrypted: false,
        }]);
        probes(&config, &properties)
    }

    /// Whether 192.168.5.7 gets an answer about the health.
    fn may(text: &str, listed: &str) -> Result<bool> {
        let Probes { may, groups, .. } = read(text, listed)?;
        Ok(groups.health_check && may.is_none_or(|may| may(IpAddr::from([192, 168, 5, 7]))))
    }

    #[test]
    fn members_are_told_only_where_the_file_switches_it_on() {
        let old = |property: &str| {
            format!(
                "<hazelcast><group><name>x</name><password>y</password></group><properties>\
                 <property name=\"hazelcast.rest.enabled\">{property}</property></properties></hazelcast>"
            )
        };
        let rest = |rest: &str| format!("<hazelcast><network>{rest}</network></hazelcast>");
        let group = |name: &str, enabled: bool| {
            rest(&format!(
                "<rest-api enabled=\"true\"><endpoint-group name=\"{name}\" enabled=\"{enabled}\"/></rest-api>"
            ))
        };
        let new = "<hazelcast><properties><property name=\"hazelcast.rest.enabled\">true</property></properties></hazelcast>";
        let cases = [
            (rest(""), "HEALTH_CHECK"),
            (rest("<rest-api enabled=\"true\"/>"), "HEALTH_CHECK, CLUSTER_READ"),
            (rest("<rest-api enabled=\"false\"/>"), "none"),
            (group("CLUSTER_READ", false), "HEALTH_CHECK"),
            (group("HEALTH_CHECK", false), "CLUSTER_READ"),
            (group("DATA", true), "HEALTH_CHECK, CLUSTER_READ"),
            (old("true"), "HEALTH_CHECK, CLUSTER_READ"),
            (old("false"), "HEALTH_CHECK"),
            (new.to_owned(), "HEALTH_CHECK"),
        ];
        for (text, expected) in cases {
            let [_, row] = read(&text, "").expect("understood").rows;
            assert_eq!(row.value, expected, "{text}");
        }
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
