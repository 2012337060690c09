#![doc = include_str!("cidr_as_member.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "cidr-as-member",
    severity: Severity::Error,
    summary: "a member is a network in CIDR notation",
    page: include_str!("cidr_as_member.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::Cidr) {
        let message = format!("member `{}` is a network, not a host", visible(&entry.text));
        found.push(
            report(&RULE, cluster, node, entry, slip, message, "")
                .help("a range of the last number is written `192.168.5.1-20`"),
        );
    }
}
