#![doc = include_str!("rest_switched_off_by_openfire.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

/// Openfire's property, which goes before the file.
const PROPERTY: &str = "hazelcast.config.rest.enabled";

pub(crate) static RULE: Rule = Rule {
    name: "rest-switched-off-by-openfire",
    severity: Severity::Info,
    summary: "Openfire switches off what the file enables",
    page: include_str!("rest_switched_off_by_openfire.md"),
    check: Check::File(check),
};

/// Only in an Openfire home, and not for the plugins before 3.0, which leave the file alone.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let enabled = node.config.network.rest_api.enabled;
    let Some(span) = enabled.span.filter(|_| *enabled && node.input.openfire_xml.is_some()) else { return };
    if generation(cluster, node).is_before(4, 0) {
        return;
    }
    found.push(
        RULE.at(node, span, "Openfire switches `<rest-api>` off, whatever the file says")
            .note(format!("its plugin enables it only when Openfire's own property `{PROPERTY}` is true"))
            .help(format!("set `{PROPERTY}` to true in the admin console, under System Properties")),
    );
}
