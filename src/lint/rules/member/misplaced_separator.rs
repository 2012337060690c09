#![doc = include_str!("misplaced_separator.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use super::report::extent;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "misplaced-separator",
    severity: Severity::Error,
    summary: "a member address has a wrong separator",
    page: include_str!("misplaced_separator.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::Separator) {
        let written = node.config.sources.slice(extent(node, entry, slip));
        let message = format!("member `{}` has a wrong separator and is no address", visible(written));
        found.push(report(&RULE, cluster, node, entry, slip, message, ""));
    }
}
