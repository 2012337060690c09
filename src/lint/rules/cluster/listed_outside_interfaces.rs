#![doc = include_str!("listed_outside_interfaces.md")]

use std::net::IpAddr;

use cobnut_config::Host;
use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "listed-outside-interfaces",
    severity: Severity::Warning,
    summary: "a node may take only addresses that no other node lists",
    page: include_str!("listed_outside_interfaces.md"),
    check: Check::Cluster(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    for node in cluster.nodes() {
        let interfaces = &node.config.network.interfaces;
        // One exact address is judged by the rules that know the own addresses.
        if !*interfaces.enabled || node.own_address().is_some() || public_address(node) {
            continue;
        }
        let mut patterns = interfaces.patterns.iter().filter(|interface| interface.pattern.is_ok());
        let Some(first) = patterns.next() else { continue };
        let lister = cluster.peers(node).find(|peer| {
            let tcp_ip = &peer.config.network.join.tcp_ip;
            *tcp_ip.enabled && tcp_ip.members().next().is_some() && !may_reach(peer, node)
        });
        if let Some(lister) = lister {
            found.push(finding(node, lister, first.text.span));
        }
    }
}

fn public_address(node: &Node) -> bool {
    node.config.document.at_path("hazelcast/network/public-address").next().is_some()
}

/// Whether an entry of `lister` leads to an address that `node` may take; names may lead anywhere.
fn may_reach(lister: &Node, node: &Node) -> bool {
    let interfaces = &node.config.network.interfaces;
    lister.config.network.join.tcp_ip.members().any(|entry| match &entry.host {
        Host::Name(_) => true,
        Host::Ipv4Range { network: [a, b, c], first, last } => {
            (*first..=*last).any(|last| interfaces.matches(IpAddr::from([*a, *b, *c, last])))
        }
        _ => entry.single_address().is_some_and(|address| interfaces.matches(address)),
    })
}

fn finding(node: &Node, lister: &Node, span: Span) -> Diagnostic {
    let message = format!("{} may take no address that {} lists", node.label, lister.label);
    let finding = RULE.at(node, span, message).here("its address must fit this");
    let finding = match lister.config.network.join.tcp_ip.enabled.span {
        Some(span) => {
            finding.label(lister.config.sources.location(span), format!("the list of {}", lister.label))
        }
        None => finding,
    };
    finding
        .note(format!(
            "the node listens on, and advertises, an address of another network: {} never dials it",
            lister.label
        ))
        .help("let the pattern cover the address that the others list, or list the one that it covers")
}
