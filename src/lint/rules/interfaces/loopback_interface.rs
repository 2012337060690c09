#![doc = include_str!("loopback_interface.md")]

use std::net::{IpAddr, Ipv4Addr};

use cobnut_config::Interface;
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "loopback-interface",
    severity: Severity::Warning,
    summary: "a node takes the loopback address, but its members are elsewhere",
    page: include_str!("loopback_interface.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let network = &node.config.network;
    if !*network.interfaces.enabled
        || !*network.join.tcp_ip.enabled
        || node.config.properties.local_address().is_some()
    {
        return;
    }
    let remote = network.join.tcp_ip.entries.iter().find(|entry| {
        entry.outcome().is_dialled() && entry.single_address().is_some_and(|address| !address.is_loopback())
    });
    let Some(remote) = remote else { return };
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let covers =
        |interface: &&Interface| interface.pattern.as_ref().is_ok_and(|pattern| pattern.matches(loopback));
    let Some(interface) = network.interfaces.patterns.iter().find(covers) else { return };
    let text = visible(&interface.text.value);
    let finding = RULE
        .at(
            node,
            interface.text.span,
            format!("`{text}` covers 127.0.0.1, where no other machine reaches this node"),
        )
        .label(node.config.sources.location(remote.span), "another machine");
    let is_exact = interface.pattern.as_ref().is_ok_and(|pattern| pattern.exact().is_some());
    found.push(if is_exact {
        finding
            .note("the node tells the others to reach it at 127.0.0.1, which is themselves")
            .help("write this machine's address as the others reach it")
    } else {
        finding
            .note("of the addresses that fit, the node takes the first one that the system names, which mostly is the loopback")
            .help("write this machine's address, or a pattern of its network such as 192.168.5.*")
    });
}
