#![doc = include_str!("own_address_not_listed.md")]

use cobnut_config::{Host, MemberEntry};
use cobnut_diagnostics::{Diagnostic, Severity, Span};

use super::template_interface;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "own-address-not-listed",
    severity: Severity::Info,
    summary: "the list names no address that this node may take",
    page: include_str!("own_address_not_listed.md"),
    check: Check::File(check),
};

/// For a file alone: with the other nodes' files at hand, every list is compared with every address.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    if cluster.nodes().len() > 1 || template_interface::applies(node) {
        return;
    }
    let Some(span) = unlisted(node) else { return };
    let message = match node.own_address() {
        Some((address, _)) => format!("{address}, the address of this node, is not among its own members"),
        None => "none of the members fits the addresses that this node may take".to_owned(),
    };
    found.push(
        RULE.at(node, span, message)
            .note("it starts all the same; but one list for all nodes is easier to keep right, and Hazelcast skips the own address")
            .help("list the addresses of all nodes on every node; check all files together to be sure of the rest"),
    );
}

/// The place of the interfaces, if the list is sound and none of its entries is covered by them.
pub(super) fn unlisted(node: &Node) -> Option<Span> {
    let network = &node.config.network;
    let tcp_ip = &network.join.tcp_ip;
    let first =
        network.interfaces.patterns.first().filter(|_| *network.interfaces.enabled && *tcp_ip.enabled)?;
    // A name may be any address, and what is broken has findings of its own.
    let is_plain = |entry: &MemberEntry| {
        entry.outcome().is_dialled()
            && matches!(entry.host, Host::Ipv4(_) | Host::Ipv6(_) | Host::Ipv4Range { .. })
    };
    // One member alone is the other one of a pair, listed on purpose.
    let is_sound = tcp_ip.entries.len() > 1
        && node.entries().all(|(entry, slip)| slip.is_none() && is_plain(entry))
        && network.interfaces.patterns.iter().all(|interface| interface.pattern.is_ok())
        && tcp_ip.required_member().is_none()
        && network.public_address.is_none()
        && node.config.properties.value("hazelcast.local.publicAddress").is_none();
    if !is_sound {
        return None;
    }
    if let Some((own, span)) = node.own_address() {
        return (!tcp_ip.entries.iter().any(|entry| entry.reaches(own))).then_some(span);
    }
    let may_be_own = |entry: &MemberEntry| match entry.single_address() {
        Some(address) => network.interfaces.matches(address),
        // A range may hold it.
        None => true,
    };
    (!tcp_ip.entries.iter().any(may_be_own)).then_some(first.text.span)
}
