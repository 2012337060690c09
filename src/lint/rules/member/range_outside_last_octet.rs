#![doc = include_str!("range_outside_last_octet.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "range-outside-last-octet",
    severity: Severity::Error,
    summary: "a wildcard or range stands before the last number",
    page: include_str!("range_outside_last_octet.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::RangeOutsideLastOctet) {
        let message =
            format!("member `{}` has a wildcard or range before its last number", visible(&entry.text));
        found.push(report(&RULE, cluster, node, entry, slip, message, ""));
    }
}
