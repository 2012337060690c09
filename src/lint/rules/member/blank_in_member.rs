#![doc = include_str!("blank_in_member.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "blank-in-member",
    severity: Severity::Error,
    summary: "blanks, line ends or semicolons break a member list",
    page: include_str!("blank_in_member.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::BlankAtColon) {
        let message =
            format!("a blank beside the colon splits member `{}` in two", visible(&slip_text(slip, entry)));
        found.push(report(&RULE, cluster, node, entry, slip, message, ""));
    }
    for (entry, slip) in node.slipped(SlipKind::LineBreak) {
        let message = "line ends and tabs do not separate members: Hazelcast sees one entry".to_owned();
        found.push(report(&RULE, cluster, node, entry, slip, message, ""));
    }
    for (entry, slip) in node.slipped(SlipKind::EmptyPiece) {
        let message = "two separators in a row make an empty member, which is the local host".to_owned();
        found.push(report(&RULE, cluster, node, entry, slip, message, "").with_severity(Severity::Warning));
    }
    for (entry, slip) in node.slipped(SlipKind::BlankSeparator) {
        let message = "members are separated by blanks instead of commas".to_owned();
        let finding = report(&RULE, cluster, node, entry, slip, message, "");
        found
            .push(finding.with_severity(Severity::Info).note("it works by accident, with exactly one blank"));
    }
}

fn slip_text(slip: &crate::entry::Slip, entry: &cobnut_config::MemberEntry) -> String {
    slip.repairs.first().map_or_else(|| entry.text.clone(), |repair| repair.text.clone())
}
