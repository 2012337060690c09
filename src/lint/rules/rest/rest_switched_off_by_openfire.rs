#![doc = include_str!("rest_switched_off_by_openfire.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "rest-switched-off-by-openfire",
    severity: Severity::Info,
    summary: "Openfire switches off what the file enables",
    page: include_str!("rest_switched_off_by_openfire.md"),
    check: Check::File(check),
};

/// Only in an Openfire home, and not for the plugins before 3.0, which leave the file alone.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let network = &node.config.network;
    let switches = [
        ("rest-api", network.rest_api.enabled, "hazelcast.config.rest.enabled"),
        ("memcache-protocol", network.memcache_enabled, "hazelcast.config.memcache.enabled"),
    ];
    if node.input.openfire_xml.is_none() || switches.iter().all(|(_, enabled, _)| !**enabled) {
        return;
    }
    if generation(cluster, node).is_before(4, 0) {
        return;
    }
    for (name, enabled, property) in switches {
        let Some(span) = enabled.span.filter(|_| *enabled) else { continue };
        found.push(
            RULE.at(node, span, format!("Openfire switches `<{name}>` off, whatever the file says"))
                .note(format!("its plugin enables it only when Openfire's own property `{property}` is true"))
                .help(format!("set `{property}` to true in the admin console, under System Properties")),
        );
    }
}
