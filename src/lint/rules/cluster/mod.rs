//! Rules about the cluster: its name, and the files of all nodes together.

mod circular_required_member;
mod cluster_name_mismatch;
mod empty_cluster_name;
mod empty_instance_name;
mod encryption_mismatch;
mod heartbeat_mismatch;
mod joiner_mismatch;
mod listed_outside_interfaces;
mod map_mismatch;
mod member_not_listed;
mod mixed_address_families;
mod mixed_generations;
mod multicast_across_networks;
mod multicast_mismatch;
mod names_beside_addresses;
mod odd_member;
mod partition_count_mismatch;
mod partition_group_mismatch;
mod port_mismatch;
mod property_mismatch;
mod public_address_not_listed;
mod same_address;
mod unknown_member;

use std::collections::BTreeMap;
use std::net::IpAddr;

use cobnut_config::{Host, MemberEntry};
use cobnut_diagnostics::Span;

use crate::Rule;
use crate::{Cluster, Node};

pub(super) static RULES: &[&Rule] = &[
    &circular_required_member::RULE,
    &cluster_name_mismatch::RULE,
    &empty_cluster_name::RULE,
    &empty_instance_name::RULE,
    &encryption_mismatch::RULE,
    &heartbeat_mismatch::RULE,
    &joiner_mismatch::RULE,
    &listed_outside_interfaces::RULE,
    &map_mismatch::RULE,
    &member_not_listed::RULE,
    &mixed_address_families::RULE,
    &mixed_generations::RULE,
    &multicast_across_networks::RULE,
    &multicast_mismatch::RULE,
    &names_beside_addresses::RULE,
    &odd_member::RULE,
    &partition_count_mismatch::RULE,
    &partition_group_mismatch::RULE,
    &port_mismatch::RULE,
    &property_mismatch::RULE,
    &public_address_not_listed::RULE,
    &same_address::RULE,
    &unknown_member::RULE,
];

/// The first node with the value that most nodes have, and the nodes that have another; `None` when all agree.
fn majority<K: Ord>(cluster: &Cluster, value: impl Fn(&Node) -> K) -> Option<(&Node, Vec<&Node>)> {
    majority_of(&cluster.nodes().iter().collect::<Vec<_>>(), value)
}

/// The same for some of the nodes. Of values that are equally frequent, the first one counts.
fn majority_of<'a, K: Ord>(
    nodes: &[&'a Node],
    value: impl Fn(&Node) -> K,
) -> Option<(&'a Node, Vec<&'a Node>)> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (index, node) in nodes.iter().enumerate() {
        groups.entry(value(node)).or_default().push(index);
    }
    if groups.len() < 2 {
        return None;
    }
    let usual = groups.values().max_by_key(|group| (group.len(), std::cmp::Reverse(group.first())))?;
    let others = (0..nodes.len()).filter(|index| usual.binary_search(index).is_err());
    Some((nodes[*usual.first()?], others.map(|index| nodes[index]).collect()))
}

/// Where to point at when a file does not say what it should: its first element.
fn first_span(node: &Node) -> Span {
    let document = &node.config.document;
    document.roots().first().map(|&root| document.element(root).name_span).unwrap_or_default()
}

/// The address of `<public-address>`, if it is one.
fn public_address(node: &Node) -> Option<(IpAddr, Span)> {
    let document = &node.config.document;
    let text = document.trimmed_text(document.at_path("hazelcast/network/public-address").next()?);
    Some((MemberEntry::from_text(&text.value).single_address()?, text.span))
}

/// Whether a node dials an address. Host names may stand for any address, so a list with names is not judged.
fn reaches(lister: &Node, address: IpAddr) -> bool {
    lister.config.network.join.tcp_ip.members().any(|entry| {
        entry.reaches(address) || entry.outcome().is_dialled() && matches!(entry.host, Host::Name(_))
    })
}
