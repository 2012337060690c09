#![doc = include_str!("interfaces_without_pattern.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "interfaces-without-pattern",
    severity: Severity::Error,
    summary: "enabled interfaces leave the node no address",
    page: include_str!("interfaces_without_pattern.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let interfaces = &node.config.network.interfaces;
    let Some(span) = interfaces.enabled.span.filter(|_| *interfaces.enabled) else { return };
    // Patterns that are no addresses have findings of their own.
    if !interfaces.patterns.is_empty() {
        return;
    }
    found.push(
        RULE.at(node, span, "`<interfaces>` is enabled and holds no address")
            .note("the node does not start: nothing of this machine can match")
            .help("add `<interface>` with this machine's address, or set `enabled=\"false\"`"),
    );
}
