#![doc = include_str!("public_address_not_listed.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{public_address, reaches};
use crate::{Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "public-address-not-listed",
    severity: Severity::Warning,
    summary: "a node advertises an address by which another does not list it",
    page: include_str!("public_address_not_listed.md"),
    check: Check::Cluster(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    for node in cluster.nodes() {
        let Some((address, span)) = public_address(node) else { continue };
        let lister = cluster.peers(node).find(|peer| {
            let tcp_ip = &peer.config.network.join.tcp_ip;
            *tcp_ip.enabled && tcp_ip.members().next().is_some() && !reaches(peer, address)
        });
        let Some(lister) = lister else { continue };
        let message = format!("{} advertises {address}, but {} does not list it", node.label, lister.label);
        let finding = RULE.at(node, span, message);
        let finding = match lister.config.network.join.tcp_ip.enabled.span {
            Some(span) => {
                finding.label(lister.config.sources.location(span), format!("the list of {}", lister.label))
            }
            None => finding,
        };
        found.push(
            finding
                .note(
                    "a connection to another address of the node is refused, for the node does not recognise itself in it: \
                     \"This node is not the requested endpoint\"",
                )
                .help(format!("list {address} on the other nodes, or remove `<public-address>`")),
        );
    }
}
