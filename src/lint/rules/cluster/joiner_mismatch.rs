#![doc = include_str!("joiner_mismatch.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "joiner-mismatch",
    severity: Severity::Error,
    summary: "two nodes look for each other in different ways",
    page: include_str!("joiner_mismatch.md"),
    check: Check::Cluster(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let mut with_joiner =
        cluster.nodes().iter().filter_map(|node| joiner(node).map(|(name, span)| (node, name, span)));
    let Some((first, expected, first_span)) = with_joiner.next() else { return };
    for (node, name, span) in with_joiner.filter(|(_, name, _)| *name != expected) {
        let message = format!("{} joins by `<{name}>`, {} by `<{expected}>`", node.label, first.label);
        found.push(
            RULE.at(node, span, message)
                .label(first.config.sources.location(first_span), format!("the joiner of {}", first.label))
                .note("Hazelcast stops the node that joins last: Incompatible joiners!")
                .help("enable the same joiner on all nodes"),
        );
    }
}

fn joiner(node: &Node) -> Option<(&'static str, Span)> {
    let join = &node.config.network.join;
    let own = [("tcp-ip", join.tcp_ip.enabled), ("multicast", join.multicast.enabled)];
    let enabled =
        own.into_iter().find_map(|(name, flag)| flag.span.filter(|_| flag.value).map(|span| (name, span)));
    enabled.or_else(|| {
        join.others.iter().find_map(|joiner| {
            joiner.enabled.span.filter(|_| *joiner.enabled).map(|span| (joiner.kind.name(), span))
        })
    })
}
