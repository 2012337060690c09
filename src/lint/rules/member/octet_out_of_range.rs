#![doc = include_str!("octet_out_of_range.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "octet-out-of-range",
    severity: Severity::Error,
    summary: "a number of a member address is above 255",
    page: include_str!("octet_out_of_range.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::OctetOutOfRange) {
        let message = format!("member `{}` has a number above 255", visible(&entry.text));
        found.push(report(&RULE, cluster, node, entry, slip, message, "must be 0 to 255"));
    }
}
