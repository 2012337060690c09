#![doc = include_str!("letter_in_address.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "letter-in-address",
    severity: Severity::Error,
    summary: "a member address has a letter that looks like a digit",
    page: include_str!("letter_in_address.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::Letter) {
        let message = format!("member `{}` has a letter among its digits", visible(&entry.text));
        found.push(report(&RULE, cluster, node, entry, slip, message, ""));
    }
}
