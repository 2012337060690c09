#![doc = include_str!("invalid_port.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "invalid-port",
    severity: Severity::Error,
    summary: "the port of a member is not a number",
    page: include_str!("invalid_port.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::InvalidPort) {
        let message = format!("the port of member `{}` is not a number", visible(&entry.text));
        found.push(
            report(&RULE, cluster, node, entry, slip, message, "no number")
                .help("write a number from 1 to 65535; Hazelcast's own port is 5701"),
        );
    }
}
