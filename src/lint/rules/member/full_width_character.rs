#![doc = include_str!("full_width_character.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "full-width-character",
    severity: Severity::Error,
    summary: "a member has full-width characters",
    page: include_str!("full_width_character.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::FullWidth) {
        let message = format!("member `{}` has full-width characters", visible(&entry.text));
        found.push(report(&RULE, cluster, node, entry, slip, message, ""));
    }
}
