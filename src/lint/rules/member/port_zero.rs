#![doc = include_str!("port_zero.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "port-zero",
    severity: Severity::Error,
    summary: "a member has port 0",
    page: include_str!("port_zero.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::PortZero) {
        let message = format!("member `{}` has a port that nobody listens on", visible(&entry.text));
        found.push(
            report(&RULE, cluster, node, entry, slip, message, "")
                .help("write the port that the member listens on, usually 5701"),
        );
    }
}
