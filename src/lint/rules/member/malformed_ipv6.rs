#![doc = include_str!("malformed_ipv6.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "malformed-ipv6",
    severity: Severity::Error,
    summary: "a member is no valid IPv6 address",
    page: include_str!("malformed_ipv6.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::MalformedIpv6) {
        let message = format!("member `{}` is not a valid IPv6 address", visible(&entry.text));
        found.push(report(&RULE, cluster, node, entry, slip, message, ""));
    }
}
