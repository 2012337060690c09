#![doc = include_str!("multicast_across_networks.md")]

use std::net::{IpAddr, Ipv4Addr};

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "multicast-across-networks",
    severity: Severity::Info,
    summary: "nodes of different networks look for each other by multicast",
    page: include_str!("multicast_across_networks.md"),
    check: Check::Cluster(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let mut nodes = cluster.nodes().iter().filter_map(|node| Some((node, own(node)?)));
    let Some((first, (address, first_span))) = nodes.next() else { return };
    for (node, (own, span)) in nodes.filter(|(_, (own, _))| own.octets()[..3] != address.octets()[..3]) {
        let message = format!(
            "{} ({own}) and {} ({address}) are probably not in one network, but look for each other by multicast",
            node.label, first.label
        );
        found.push(
            RULE.at(node, span, message)
                .label(first.config.sources.location(first_span), format!("the address of {}", first.label))
                .note("routers do not pass multicast on unless they are told to: the nodes may never hear of each other")
                .help("list the nodes in `<tcp-ip enabled=\"true\">` and set `<multicast enabled=\"false\">`"),
        );
    }
}

fn own(node: &Node) -> Option<(Ipv4Addr, Span)> {
    match node.own_address().filter(|_| *node.config.network.join.multicast.enabled) {
        Some((IpAddr::V4(own), span)) => Some((own, span)),
        _ => None,
    }
}
