#![doc = include_str!("circular_required_member.md")]

use std::collections::BTreeMap;
use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "circular-required-member",
    severity: Severity::Error,
    summary: "nodes wait for each other as required members",
    page: include_str!("circular_required_member.md"),
    check: Check::Cluster(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let nodes = cluster.nodes();
    let by_address: BTreeMap<IpAddr, usize> = nodes
        .iter()
        .enumerate()
        .filter_map(|(index, node)| node.own_address().map(|(own, _)| (own, index)))
        .collect();
    let required: Vec<Option<usize>> = nodes.iter().map(|node| required(node, &by_address)).collect();
    let mut is_reported = vec![false; nodes.len()];
    for start in 0..nodes.len() {
        if let Some(circle) = circle(start, &required)
            && !circle.iter().any(|&index| is_reported[index])
        {
            for &index in &circle {
                is_reported[index] = true;
            }
            found.extend(finding(cluster, &circle));
        }
    }
}

/// The node that this one cannot be without; nothing if it is itself, which is how the first one starts.
fn required(node: &Node, by_address: &BTreeMap<IpAddr, usize>) -> Option<usize> {
    let tcp_ip = &node.config.network.join.tcp_ip;
    by_address.get(&tcp_ip.required_member().filter(|_| *tcp_ip.enabled)?.single_address()?).copied()
}

/// The way from a node back to itself.
fn circle(start: usize, required: &[Option<usize>]) -> Option<Vec<usize>> {
    let mut way = vec![start];
    loop {
        let next = required[*way.last()?]?;
        match way.iter().position(|&index| index == next) {
            Some(0) => return (way.len() > 1).then_some(way),
            Some(_) => return None,
            None => way.push(next),
        }
    }
}

fn finding(cluster: &Cluster, circle: &[usize]) -> Option<Diagnostic> {
    let mut nodes = circle.iter().map(|&index| &cluster.nodes()[index]);
    let first = nodes.next()?;
    let span = |node: &Node| node.config.network.join.tcp_ip.required_member().map(|entry| entry.span);
    let names: Vec<&str> = circle.iter().map(|&index| cluster.nodes()[index].label.as_str()).collect();
    let message = format!("{} wait for each other as required members", names.join(" and "));
    let finding = nodes.filter_map(|node| Some((node, span(node)?))).fold(
        RULE.at(first, span(first)?, message),
        |finding, (node, span)| {
            finding.label(node.config.sources.location(span), format!("required by {}", node.label))
        },
    );
    Some(
        finding
            .note("each waits for the other, up to `hazelcast.max.join.seconds` (300 s), and then stops: no cluster forms")
            .help("let one node require itself, or list all nodes as `<member>`"),
    )
}
