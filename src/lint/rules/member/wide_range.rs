#![doc = include_str!("wide_range.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "wide-range",
    severity: Severity::Info,
    summary: "a range of members stands for very many connections",
    page: include_str!("wide_range.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::WideRange) {
        let message = format!("member `{}` stands for very many connections", visible(&entry.text));
        found.push(
            report(&RULE, cluster, node, entry, slip, message, "")
                .note("every address of the range is tried at each attempt to join, without a port on several ports")
                .help("write a narrower range, or the members one by one"),
        );
    }
}
