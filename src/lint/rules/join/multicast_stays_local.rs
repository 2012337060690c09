#![doc = include_str!("multicast_stays_local.md")]

use std::net::Ipv4Addr;

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

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let multicast = &node.config.network.join.multicast;
    if !*multicast.enabled {
        return;
    }
    let hops = multicast.time_to_live;
    if let Some(span) = hops.span.filter(|_| *hops == 0) {
        found.push(
            RULE.at(node, span, "with a time to live of 0 no packet leaves this machine")
                .note("only nodes on the same machine find each other")
                .help("Hazelcast's own value is 32"),
        );
        return;
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
