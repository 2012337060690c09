#![doc = include_str!("multicast_mismatch.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use super::{first_span, majority_of};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "multicast-mismatch",
    severity: Severity::Error,
    summary: "two nodes look for each other in different multicast groups",
    page: include_str!("multicast_mismatch.md"),
    check: Check::Cluster(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let is_used = |node: &&Node| *node.config.network.join.multicast.enabled;
    let nodes: Vec<&Node> = cluster.nodes().iter().filter(is_used).collect();
    let group = |node: &Node| node.config.network.join.multicast.group.value.clone();
    if let Some((usual, others)) = majority_of(&nodes, group) {
        let setting = |node: &Node| {
            let group = &node.config.network.join.multicast.group;
            (group.value.clone(), group.span)
        };
        found.extend(others.into_iter().map(|node| finding(usual, node, "multicast group", setting)));
    }
    if let Some((usual, others)) = majority_of(&nodes, |node| *node.config.network.join.multicast.port) {
        let setting = |node: &Node| {
            let port = &node.config.network.join.multicast.port;
            (port.to_string(), port.span)
        };
        found.extend(others.into_iter().map(|node| finding(usual, node, "multicast port", setting)));
    }
}

fn finding(
    usual: &Node,
    node: &Node,
    what: &str,
    setting: impl Fn(&Node) -> (String, Option<cobnut_diagnostics::Span>),
) -> Diagnostic {
    let ((value, span), (expected, expected_span)) = (setting(node), setting(usual));
    let message = format!("the {what} of {} is {value}, that of {} is {expected}", node.label, usual.label);
    let multicast = node.config.network.join.multicast.span;
    let finding = RULE.at(node, span.or(multicast).unwrap_or_else(|| first_span(node)), message);
    let finding = match expected_span {
        Some(span) => {
            finding.label(usual.config.sources.location(span), format!("the {what} of {}", usual.label))
        }
        None => finding.note(format!("{} names none, which means {expected}", usual.label)),
    };
    let finding = finding.note("the nodes never hear of each other: two clusters form, without any message");
    match span {
        Some(span) => {
            let edit = Edit::replace(node.config.sources.location(span), expected.as_str());
            finding.fix(Fix::suggestion(format!("write `{expected}`"), edit))
        }
        None => finding.help(format!("write the {what} {expected} on all nodes")),
    }
}
