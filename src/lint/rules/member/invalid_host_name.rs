#![doc = include_str!("invalid_host_name.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "invalid-host-name",
    severity: Severity::Error,
    summary: "a member is neither an address nor a host name",
    page: include_str!("invalid_host_name.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::HostName) {
        let message = format!("member `{}` is neither an address nor a host name", visible(&entry.text));
        found.push(report(&RULE, cluster, node, entry, slip, message, ""));
    }
}
