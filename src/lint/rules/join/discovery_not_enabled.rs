#![doc = include_str!("discovery_not_enabled.md")]

use cobnut_config::JoinerKind;
use cobnut_diagnostics::{Diagnostic, Severity};

use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

const SWITCH: &str = "hazelcast.discovery.enabled";

pub(crate) static RULE: Rule = Rule {
    name: "discovery-not-enabled",
    severity: Severity::Warning,
    summary: "a discovery strategy lacks the property that switches it on",
    page: include_str!("discovery_not_enabled.md"),
    check: Check::File(check),
};

/// Versions from 4.0 on need no property.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let properties = &node.config.properties;
    if properties.flag(SWITCH) == Some(true) {
        return;
    }
    let strategies = node.config.network.join.others.iter();
    let mut enabled =
        strategies.filter(|joiner| joiner.kind == JoinerKind::DiscoveryStrategy && *joiner.enabled);
    let Some(joiner) = enabled.next().filter(|_| generation(cluster, node).is_before(4, 0)) else { return };
    let finding =
        RULE.at(node, joiner.name_span, "Hazelcast 3 passes over this discovery strategy").note(format!(
            "up to 3.12 strategies are used only with the property `{SWITCH}`; without it the node runs alone"
        ));
    found.push(match properties.value(SWITCH) {
        Some(value) => finding
            .label(node.config.sources.location(value.span), "switched off here")
            .help("set the property to `true`"),
        None => finding.help(format!("add `<property name=\"{SWITCH}\">true</property>` to `<properties>`")),
    });
}
