#![doc = include_str!("joiner_without_enabled.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "joiner-without-enabled",
    severity: Severity::Warning,
    summary: "a joiner has settings, but is not enabled",
    page: include_str!("joiner_without_enabled.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let join = &node.config.network.join;
    let has_members = !join.tcp_ip.entries.is_empty();
    if let Some(span) = join.tcp_ip.span.filter(|_| has_members && join.tcp_ip.enabled.span.is_none()) {
        found.extend(finding(node, span, "tcp-ip", "the members are not used"));
    }
    let multicast = &join.multicast;
    let has_settings = multicast.group.span.is_some() || multicast.port.span.is_some();
    if let Some(span) = multicast.span.filter(|_| has_settings && multicast.enabled.span.is_none()) {
        found.extend(finding(
            node,
            span,
            "multicast",
            "multicast is off, although the schema's text says it is on",
        ));
    }
}

fn finding(node: &Node, element: Span, name: &str, effect: &str) -> Option<Diagnostic> {
    let name_end = element.start + 1 + name.len();
    // A misspelt attribute has a finding of its own.
    if node.config.sources.slice(Span::new(name_end, element.end)).trim_start().starts_with("enab") {
        return None;
    }
    let insert = Edit::replace(node.config.sources.location(Span::at(name_end)), " enabled=\"true\"");
    Some(
        RULE.at(node, Span::new(element.start, name_end), format!("`<{name}>` lacks `enabled`: {effect}"))
            .note("without the attribute Hazelcast takes the joiner for disabled and says nothing")
            .fix(Fix::suggestion("add `enabled=\"true\"`", insert)),
    )
}
