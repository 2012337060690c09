#![doc = include_str!("no_joiner_enabled.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "no-joiner-enabled",
    severity: Severity::Warning,
    summary: "no joiner is enabled",
    page: include_str!("no_joiner_enabled.md"),
    check: Check::File(check),
};

/// Only for files that speak of joining: a file without `<join>` wants a node of its own.
fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let join = &node.config.network.join;
    let any_enabled =
        *join.multicast.enabled || *join.tcp_ip.enabled || join.others.iter().any(|joiner| *joiner.enabled);
    // Who writes `<auto-detection>` has decided what happens instead.
    if node.config.document.at_path("hazelcast/network/join/auto-detection").next().is_some() {
        return;
    }
    // A list that lacks only the attribute has a finding of its own.
    let is_forgotten = join.tcp_ip.enabled.span.is_none() && !join.tcp_ip.entries.is_empty();
    let Some(span) = join.span.filter(|_| !any_enabled && !is_forgotten && !join.tcp_ip.entries.is_empty())
    else {
        return;
    };
    let place = Span::new(span.start, span.start + "<join".len());
    found.push(
        RULE.at(node, place, "no joiner is enabled: the node runs alone")
            .note("Hazelcast 4.1 and later searches by multicast in this case, and may join strangers")
            .help("set `enabled=\"true\"` on the joiner that is meant"),
    );
}
