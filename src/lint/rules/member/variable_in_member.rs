#![doc = include_str!("variable_in_member.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "variable-in-member",
    severity: Severity::Warning,
    summary: "a member holds a variable",
    page: include_str!("variable_in_member.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::Variable) {
        let message = format!("member `{}` holds a variable that has no value here", visible(&entry.text));
        found.push(
            report(&RULE, cluster, node, entry, slip, message, "")
                .help("write the value: cobnut has no Java system properties"),
        );
    }
}
