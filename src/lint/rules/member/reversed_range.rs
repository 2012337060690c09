#![doc = include_str!("reversed_range.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "reversed-range",
    severity: Severity::Error,
    summary: "a range of members ends before it starts",
    page: include_str!("reversed_range.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::ReversedRange) {
        let message = format!("the range of member `{}` ends before it starts", visible(&entry.text));
        found.push(report(&RULE, cluster, node, entry, slip, message, ""));
    }
}
