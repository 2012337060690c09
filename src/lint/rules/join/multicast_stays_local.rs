#![doc = include_str!("multicast_stays_local.md")]

use std::net::{IpAddr, Ipv4Addr};

use cobnut_diagnostics::{Diagnostic, Severity};

use super::invalid_multicast_group::group;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "multicast-stays-local",
    severity: Severity::Warning,
    summary: "multicast packets do not reach the other nodes",
    page: include_str!("multicast_stays_local.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let multicast = &node.config.network.join.multicast;
    if !*multicast.enabled {
        return;
    }
    let hops = multicast.time_to_live;
    match hops.span.map(|span| (*hops, span)) {
        Some((0, span)) => {
            found.push(
                RULE.at(node, span, "with a time to live of 0 no packet leaves this machine")
                    .note("only nodes on the same machine find each other")
                    .help("Hazelcast's own value is 32"),
            );
            return;
        }
        Some((1, span)) => {
            if let Some((peer, address)) = elsewhere(cluster, node) {
                let label = format!("the address of {}, behind a router", peer.label);
                let place = peer.own_address().map(|(_, span)| peer.config.sources.location(span));
                let finding = RULE.at(
                    node,
                    span,
                    format!(
                        "with a time to live of 1 no packet reaches {address}, which is in another network"
                    ),
                );
                let finding = match place {
                    Some(place) => finding.label(place, label),
                    None => finding,
                };
                found.push(finding.help("Hazelcast's own value is 32"));
                return;
            }
        }
        _ => {}
    }
    if let Some((text, span)) = group(node)
        && let Ok(address) = text.parse::<Ipv4Addr>()
        && address.octets().starts_with(&[224, 0, 0])
    {
        found.push(
            RULE.at(
                node,
                span,
                format!("{address} is reserved for the local network; no router passes it on"),
            )
            .with_severity(Severity::Info)
            .note("it is also where routers talk to each other: switches flood it to every port")
            .help("Hazelcast's own group is 224.2.2.3"),
        );
    }
}

/// A peer whose own address lies in another /24 than this node's.
fn elsewhere<'a>(cluster: &'a Cluster, node: &'a Node) -> Option<(&'a Node, IpAddr)> {
    let network = |address: IpAddr| match address {
        IpAddr::V4(v4) => Some([v4.octets()[0], v4.octets()[1], v4.octets()[2]]),
        IpAddr::V6(_) => None,
    };
    let own = network(node.own_address()?.0)?;
    cluster.peers(node).find_map(|peer| {
        let (address, _) = peer.own_address()?;
        network(address).filter(|network| *network != own).map(|_| (peer, address))
    })
}
