#![doc = include_str!("leading_zero.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "leading-zero",
    severity: Severity::Warning,
    summary: "a member address has leading zeros",
    page: include_str!("leading_zero.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::LeadingZero) {
        let message = format!("member `{}` has leading zeros", visible(&entry.text));
        found.push(report(&RULE, cluster, node, entry, slip, message, ""));
    }
}
