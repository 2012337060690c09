#![doc = include_str!("template_interface.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

/// What Hazelcast's and Openfire's templates write in their disabled `<interfaces>`.
const TEMPLATE: &str = "10.10.1.*";

pub(crate) static RULE: Rule = Rule {
    name: "template-interface",
    severity: Severity::Info,
    summary: "the template's network was enabled without being changed",
    page: include_str!("template_interface.md"),
    check: Check::File(check),
};

/// For a file alone: with the other nodes' files at hand, what they list is compared with the pattern.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    if cluster.nodes().len() > 1 || !applies(node) {
        return;
    }
    for interface in &node.config.network.interfaces.patterns {
        found.push(
            RULE.at(node, interface.text.span, format!("`{TEMPLATE}` is the template's example of a network"))
                .note("on a machine without such an address the node does not start: No matching network interface found")
                .note("no member of this file has an address in it")
                .help("write the address of this machine"),
        );
    }
}

/// Whether the pattern is the template's and nothing else in the file is in that network.
pub(super) fn applies(node: &Node) -> bool {
    let network = &node.config.network;
    let [interface] = network.interfaces.patterns.as_slice() else { return false };
    let in_network = |address: IpAddr| network.interfaces.matches(address);
    *network.interfaces.enabled
        && interface.text.value == TEMPLATE
        && !network
            .join
            .tcp_ip
            .entries
            .iter()
            .filter_map(cobnut_config::MemberEntry::single_address)
            .any(in_network)
        && !node.config.properties.local_address().is_some_and(|own| own.parse().is_ok_and(in_network))
}
