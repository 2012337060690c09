#![doc = include_str!("ipv6_port_without_brackets.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "ipv6-port-without-brackets",
    severity: Severity::Warning,
    summary: "an IPv6 member has a port but no brackets",
    page: include_str!("ipv6_port_without_brackets.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::Ipv6Port) {
        let message = format!("member `{}` ends in a port that belongs to the address", visible(&entry.text));
        found.push(report(&RULE, cluster, node, entry, slip, message, "read as part of the address"));
    }
}
