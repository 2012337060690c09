#![doc = include_str!("several_joiners.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "several-joiners",
    severity: Severity::Error,
    summary: "two joiners or more are enabled",
    page: include_str!("several_joiners.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let join = &node.config.network.join;
    let mut enabled: Vec<(&str, Span)> = Vec::new();
    let own = [("multicast", join.multicast.enabled), ("tcp-ip", join.tcp_ip.enabled)];
    enabled.extend(
        own.iter().filter_map(|(name, flag)| flag.span.filter(|_| flag.value).map(|span| (*name, span))),
    );
    let others = join.others.iter().filter(|joiner| *joiner.enabled);
    enabled.extend(others.filter_map(|joiner| joiner.enabled.span.map(|span| (joiner.kind.name(), span))));
    enabled.sort_by_key(|(_, span)| *span);
    let [(first, first_span), .., (last, last_span)] = enabled.as_slice() else { return };
    let finding = RULE
        .at(node, *last_span, format!("`<{first}>` and `<{last}>` are both enabled"))
        .label(node.config.sources.location(*first_span), "enabled here, too")
        .note("Hazelcast does not start: Multiple join configuration cannot be enabled at the same time");
    // A list of members is work; multicast beside it is mostly what a template left on.
    let is_leftover = enabled.len() == 2 && !join.tcp_ip.entries.is_empty();
    let leftover = join.multicast.enabled.span.filter(|_| is_leftover && *join.multicast.enabled);
    found.push(match leftover {
        Some(span) if *join.tcp_ip.enabled => {
            let edit = Edit::replace(node.config.sources.location(span), "false");
            finding.fix(Fix::suggestion("disable multicast and keep the list of members", edit))
        }
        _ => finding.help("set `enabled=\"false\"` on all joiners but one"),
    });
}
