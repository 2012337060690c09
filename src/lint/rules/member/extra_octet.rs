#![doc = include_str!("extra_octet.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::SlipKind;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "extra-octet",
    severity: Severity::Error,
    summary: "a member address has more than four numbers",
    page: include_str!("extra_octet.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::ExtraOctet) {
        let message = format!("member `{}` has more numbers than an address", visible(&entry.text));
        found.push(report(&RULE, cluster, node, entry, slip, message, "one number too many"));
    }
}
