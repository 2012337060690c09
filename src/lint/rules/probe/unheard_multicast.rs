#![doc = include_str!("unheard_multicast.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::anchor;
use crate::{Check, Cluster, Probed, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unheard-multicast",
    severity: Severity::Error,
    summary: "multicast does not work on this machine",
    page: include_str!("unheard_multicast.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    for group in &probed.groups {
        let Some(node) = cluster.nodes().iter().find(|node| node.label == group.node) else { continue };
        let multicast = &node.config.network.join.multicast;
        let span = multicast.group.span.or(multicast.span).unwrap_or_else(|| anchor(node));
        let (address, interface) = (group.address, group.interface);
        if let Some(error) = &group.error {
            let message = format!("the multicast group {address} cannot be used from {interface}: {error}");
            found.push(
                RULE.at(node, span, message)
                    .note("the node finds nobody by multicast and stays alone")
                    .help("give the interface a multicast route, or list the members in `<tcp-ip>`"),
            );
        } else if !group.heard_self && group.heard.is_empty() {
            let message =
                format!("a packet to the multicast group {address} did not come back to {interface}");
            found.push(
                RULE.at(node, span, message)
                    .note("the packets leave by another interface, or a firewall drops them: the node stays alone")
                    .help("list the members in `<tcp-ip>`, or repair multicast and probe again on two machines at once"),
            );
        }
    }
}
