#![doc = include_str!("interfaces_not_enabled.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "interfaces-not-enabled",
    severity: Severity::Warning,
    summary: "interface patterns are given, but not enabled",
    page: include_str!("interfaces_not_enabled.md"),
    check: Check::File(check),
};

/// An explicit `enabled="false"` is a decision, a missing attribute is not.
fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let interfaces = &node.config.network.interfaces;
    let Some(span) = interfaces.span.filter(|_| interfaces.enabled.span.is_none()) else { return };
    if interfaces.patterns.is_empty() {
        return;
    }
    let name_end = span.start + "<interfaces".len();
    // A misspelt attribute has a finding of its own.
    if node.config.sources.slice(Span::new(name_end, span.end)).trim_start().starts_with("enab") {
        return;
    }
    let insert = Edit::replace(node.config.sources.location(Span::at(name_end)), " enabled=\"true\"");
    found.push(
        RULE.at(
            node,
            Span::new(span.start, name_end),
            "`<interfaces>` lacks `enabled`: its addresses have no effect",
        )
        .note("the node takes an address from the member list, or the first one that the system names")
        .fix(Fix::suggestion("add `enabled=\"true\"`", insert)),
    );
}
