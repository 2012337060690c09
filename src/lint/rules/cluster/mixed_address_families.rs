#![doc = include_str!("mixed_address_families.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "mixed-address-families",
    severity: Severity::Warning,
    summary: "one node lists IPv4 addresses only, another IPv6 only",
    page: include_str!("mixed_address_families.md"),
    check: Check::Cluster(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let mut judged = cluster.nodes().iter().filter_map(|node| Some((node, is_v6(node)?)));
    let Some((first, expected)) = judged.next() else { return };
    let name = |is_v6| if is_v6 { "IPv6" } else { "IPv4" };
    let place = |node: &Node| {
        let entry = node.config.network.join.tcp_ip.members().next();
        entry.map(|entry| entry.span).unwrap_or_default()
    };
    for (node, is_v6) in judged.filter(|(_, is_v6)| *is_v6 != expected) {
        let message = format!(
            "{} lists {} addresses only, {} {} only",
            node.label,
            name(is_v6),
            first.label,
            name(expected)
        );
        found.push(
            RULE.at(node, place(node), message)
                .label(first.config.sources.location(place(first)), format!("listed by {}", first.label))
                .note("a node listens on one address: whoever dials the other family does not reach it")
                .help("list the same addresses on all nodes"),
        );
    }
}

/// The family of all entries; `None` when there are both, or names, or nothing.
fn is_v6(node: &Node) -> Option<bool> {
    let tcp_ip = &node.config.network.join.tcp_ip;
    // With own addresses fixed, what is not listed has findings of its own.
    if !*tcp_ip.enabled || node.own_address().is_some() {
        return None;
    }
    let families: Option<Vec<bool>> =
        tcp_ip.members().map(|entry| entry.single_address().as_ref().map(IpAddr::is_ipv6)).collect();
    let families = families?;
    let first = *families.first()?;
    families.iter().all(|is_v6| *is_v6 == first).then_some(first)
}
