#![doc = include_str!("same_address.md")]

use std::collections::BTreeMap;
use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "same-address",
    severity: Severity::Error,
    summary: "two nodes have the same address",
    page: include_str!("same_address.md"),
    check: Check::Cluster(check),
};

/// Two nodes on one machine may share an address if their ports differ.
fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let mut first_seen: BTreeMap<(IpAddr, u16), (&Node, Span)> = BTreeMap::new();
    for node in cluster.nodes() {
        let Some((address, span)) = node.own_address() else { continue };
        let key = (address, *node.config.network.port.number);
        let Some((first, first_span)) = first_seen.get(&key) else {
            first_seen.insert(key, (node, span));
            continue;
        };
        let message = format!("{} has the same address as {}: {address}", node.label, first.label);
        found.push(
            RULE.at(node, span, message)
                .label(first.config.sources.location(*first_span), format!("the address of {}", first.label))
                .note("a file was probably copied without being changed; on the other machine the node does not start")
                .help("write the address of the node's own machine"),
        );
    }
}
