//! Rules about the machine and its network, for what `--probe` found out.

mod few_open_files;
mod foreign_service;
mod name_outside_interfaces;
mod name_resolves_to_loopback;
mod no_local_address;
mod public_address_elsewhere;
mod several_local_addresses;
mod taken_port;
mod unheard_multicast;
mod unreachable_database;
mod unreachable_member;
mod unresolvable_host;
mod wrong_clock;

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use cobnut_config::{DialHost, Host, MemberEntry};
use cobnut_diagnostics::Span;

use crate::Rule;
use crate::{Answer, Cluster, Node, Probed};

pub(super) static RULES: &[&Rule] = &[
    &few_open_files::RULE,
    &foreign_service::RULE,
    &name_outside_interfaces::RULE,
    &name_resolves_to_loopback::RULE,
    &no_local_address::RULE,
    &public_address_elsewhere::RULE,
    &several_local_addresses::RULE,
    &taken_port::RULE,
    &unheard_multicast::RULE,
    &unreachable_database::RULE,
    &unreachable_member::RULE,
    &unresolvable_host::RULE,
    &wrong_clock::RULE,
];

/// The nodes of this machine.
fn here<'a>(cluster: &'a Cluster, probed: &'a Probed) -> impl Iterator<Item = &'a Node> {
    cluster.nodes().iter().filter(|node| probed.is_here(&node.label))
}

/// All nodes, those of this machine first.
fn in_order<'a>(cluster: &'a Cluster, probed: &'a Probed) -> impl Iterator<Item = &'a Node> {
    here(cluster, probed).chain(cluster.nodes().iter().filter(|node| !probed.is_here(&node.label)))
}

/// The entries of the member list that are host names.
fn named_entries(node: &Node) -> impl Iterator<Item = (&MemberEntry, &str)> {
    node.config.network.join.tcp_ip.members().filter_map(|entry| match &entry.host {
        Host::Name(name) => Some((entry, name.as_str())),
        _ => None,
    })
}

/// Where to point at when no element says it: the name of the first one.
fn anchor(node: &Node) -> Span {
    let document = &node.config.document;
    document.roots().first().map(|&root| document.element(root).name_span).unwrap_or_default()
}

/// Addresses in a sentence.
fn listed(addresses: &[IpAddr]) -> String {
    addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ")
}

/// The host of a `<public-address>`, which may have a port.
pub fn public_host(text: &str) -> &str {
    let text = text.trim();
    if let Some((host, _)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return host;
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => host,
        _ => text,
    }
}

/// One address of a member list that is not this machine's, and what came back from its ports.
struct Dialled<'a> {
    node: &'a Node,
    span: Span,
    /// The host name that led there.
    name: Option<&'a str>,
    answers: Vec<(SocketAddr, &'a Answer)>,
}

/// Everything that was asked, each address once: in the file of this machine if that names it.
fn dialled<'a>(cluster: &'a Cluster, probed: &'a Probed) -> Vec<Dialled<'a>> {
    let (mut seen, mut all) = (BTreeSet::new(), Vec::new());
    for node in in_order(cluster, probed) {
        for (entry, target) in node
            .config
            .dial_targets()
            .iter()
            .filter_map(|target| Some((entry_at(node, target.span)?, target)))
        {
            let (name, addresses) = match &target.host {
                DialHost::Address(address) => (None, vec![*address]),
                DialHost::Name(name) => (named(entry), probed.resolved(name).unwrap_or_default().to_vec()),
            };
            for address in addresses.into_iter().filter(|address| !probed.is_local(*address)) {
                let ports = target.ports.iter().map(|port| SocketAddr::new(address, *port));
                let answers: Vec<(SocketAddr, &Answer)> =
                    ports.filter_map(|port| Some((port, probed.answer(port)?))).collect();
                if !answers.is_empty() && seen.insert((address, target.ports.clone())) {
                    all.push(Dialled { node, span: target.span, name, answers });
                }
            }
        }
    }
    all
}

fn entry_at(node: &Node, span: Span) -> Option<&MemberEntry> {
    node.config.network.join.tcp_ip.members().find(|entry| entry.span == span)
}

fn named(entry: &MemberEntry) -> Option<&str> {
    match &entry.host {
        Host::Name(name) => Some(name),
        _ => None,
    }
}
