#![doc = include_str!("port_out_of_range.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "port-out-of-range",
    severity: Severity::Error,
    summary: "the port of a member is not between 1 and 65535",
    page: include_str!("port_out_of_range.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::PortOutOfRange) {
        let message = format!("the port of member `{}` is out of range", visible(&entry.text));
        found.push(
            report(&RULE, cluster, node, entry, slip, message, "must be 1 to 65535")
                .help("write a number from 1 to 65535; Hazelcast's own port is 5701"),
        );
    }
}
