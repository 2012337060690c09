#![doc = include_str!("misused_brackets.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "misused-brackets",
    severity: Severity::Error,
    summary: "brackets in a member that is no IPv6 address",
    page: include_str!("misused_brackets.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::Brackets) {
        let message = format!("member `{}` has brackets that do not fit", visible(&entry.text));
        found.push(report(&RULE, cluster, node, entry, slip, message, ""));
    }
}
