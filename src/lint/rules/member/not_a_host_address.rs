#![doc = include_str!("not_a_host_address.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "not-a-host-address",
    severity: Severity::Error,
    summary: "a member is an address that no host has",
    page: include_str!("not_a_host_address.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::NotAHost) {
        let message = format!("member `{}` is not the address of a host", visible(&entry.text));
        found.push(report(&RULE, cluster, node, entry, slip, message, "").note("0.0.0.0 is this machine itself when it is dialled; at broadcast and multicast addresses nobody answers").help("write the address of a member"));
    }
}
