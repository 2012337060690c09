#![doc = include_str!("ipv6_scope.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "ipv6-scope",
    severity: Severity::Warning,
    summary: "an IPv6 member has a scope, which is dropped",
    page: include_str!("ipv6_scope.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::Ipv6Scope) {
        let message = format!("the scope of member `{}` has no effect", visible(&entry.text));
        found.push(
            report(&RULE, cluster, node, entry, slip, message, "")
                .note("Hazelcast drops it, and a link-local address cannot be reached without it")
                .help("use an address that is valid beyond the link"),
        );
    }
}
