#![doc = include_str!("schema_location_of_another_version.md")]

use cobnut_config::elements::Version;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use super::witness::span_of;
use crate::generation::{Basis, generation};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "schema-location-of-another-version",
    severity: Severity::Info,
    summary: "schemaLocation names another version than the file is for",
    page: include_str!("schema_location_of_another_version.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let generation = generation(cluster, node);
    let Some((version, span)) = generation.location else { return };
    if generation.allows(version) {
        return;
    }
    let place = node.config.sources.location(span);
    let ignored = "Hazelcast ignores the version that is written there, and checks the file against its own";
    if generation.basis == Basis::Target {
        let message =
            format!("`schemaLocation` names {version}, but the file is checked for {}", generation.name());
        found.push(match cluster.options.target.version() {
            Some(target) => {
                let new = place.text().replace(&format!("-{version}.xsd"), &format!("-{target}.xsd"));
                let fix = Fix::suggestion(format!("write {target}"), Edit::replace(place, new));
                RULE.at(node, span, message).note(ignored).fix(fix)
            }
            None => RULE.at(node, span, message).note(ignored),
        });
        return;
    }
    // The one that is furthest from the location explains most.
    let strange = generation.witnesses.iter().filter(|witness| !witness.versions.contains(version));
    let Some(witness) = strange.min_by_key(|witness| witness.versions.until) else { return };
    let message = format!("`schemaLocation` names {version}, which does not know `{}`", witness.name);
    let finding = RULE
        .at(node, span, message)
        .label(node.config.sources.location(witness.span), format!("known {}", span_of(witness.versions)))
        .note(ignored);
    // What is older than the location was most likely left behind by an upgrade; the other way round only the location was.
    // Versions that old do not look at it.
    let is_left_behind = witness.versions.until < version && version >= Version::new(3, 9);
    found.push(if is_left_behind {
        finding
            .note(format!(
                "should the nodes run Hazelcast {version}, it refuses the file because of `{}`",
                witness.name
            ))
            .help(format!(
                "with `--target {}` the linter shows what to change for that version",
                target(version)
            ))
            .with_severity(Severity::Warning)
    } else {
        finding.help("correct it when you touch the file")
    });
}

/// The nearest target that the command line knows.
fn target(version: Version) -> &'static str {
    match (version.major, version.minor) {
        (..=3, _) => "3.12",
        (4, _) => "4.2",
        (5, ..=3) => "5.3",
        _ => "5.5",
    }
}
