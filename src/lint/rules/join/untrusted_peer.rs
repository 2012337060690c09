#![doc = include_str!("untrusted_peer.md")]

use cobnut_config::Interface;
use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "untrusted-peer",
    severity: Severity::Warning,
    summary: "the trusted interfaces leave out a node of the cluster",
    page: include_str!("untrusted_peer.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let multicast = &node.config.network.join.multicast;
    let [first, ..] = multicast.trusted_interfaces.as_slice() else { return };
    // Patterns that are no addresses have findings of their own.
    if !*multicast.enabled || multicast.trusted_interfaces.iter().any(|trusted| trusted.pattern.is_err()) {
        return;
    }
    for peer in cluster.peers(node) {
        let Some((address, span)) = peer.own_address() else { continue };
        let trusts =
            |trusted: &Interface| trusted.pattern.as_ref().is_ok_and(|pattern| pattern.matches(address));
        if multicast.trusted_interfaces.iter().any(trusts) {
            continue;
        }
        let message = format!("{} does not listen to {address}, the address of {}", node.label, peer.label);
        found.push(
            RULE.at(node, first.text.span, message)
                .label(peer.config.sources.location(span), format!("the address of {}", peer.label))
                .note("join requests from addresses that no trusted interface covers are dropped without any message")
                .help(format!("add `<interface>{address}</interface>`, or a pattern that covers it")),
        );
    }
}
