#![doc = include_str!("misused_brackets.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "misused-brackets",
    severity: Severity::Error,
    summary: "brackets in a member that is no IPv6 address",
    page: include_str!("misused_brackets.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::Brackets) {
        let text = visible(&entry.text);
        // Brackets that Hazelcast understands: only what follows them is lost.
        found.push(if entry.outcome().is_dialled() {
            let message = format!("what follows the bracket of member `{text}` has no effect");
            report(&RULE, cluster, node, entry, slip, message, "no port: that is a colon and a number")
                .with_severity(Severity::Warning)
                .note("Hazelcast drops it without any message and dials the usual ports")
        } else {
            let message = format!("member `{text}` has brackets that do not fit");
            report(&RULE, cluster, node, entry, slip, message, "")
        });
    }
}
