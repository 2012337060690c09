#![doc = include_str!("stray_dot.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "stray-dot",
    severity: Severity::Error,
    summary: "a member address has a dot too many",
    page: include_str!("stray_dot.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::StrayDot) {
        let message = format!("member `{}` has a dot too many", visible(&entry.text));
        let finding = report(&RULE, cluster, node, entry, slip, message, "");
        // One dot at the very end is forgiven.
        let is_forgiven = entry.outcome().is_dialled();
        found.push(if is_forgiven { finding.with_severity(Severity::Warning) } else { finding });
    }
}
