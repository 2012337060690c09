#![doc = include_str!("loopback_among_members.md")]

use std::net::{IpAddr, Ipv4Addr};

use cobnut_config::{Host, MemberEntry};
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "loopback-among-members",
    severity: Severity::Warning,
    summary: "the local host stands among members on other machines",
    page: include_str!("loopback_among_members.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let network = &node.config.network;
    if *network.interfaces.enabled || !*network.join.tcp_ip.enabled {
        return;
    }
    let entries = &network.join.tcp_ip.entries;
    let is_remote = |entry: &MemberEntry| match &entry.host {
        Host::Name(name) => name != "localhost",
        _ => entry.single_address().is_some_and(|address| !address.is_loopback()),
    };
    let Some(remote) = entries.iter().find(|entry| is_remote(entry)) else { return };
    for entry in entries.iter().filter(|entry| is_loopback(entry)) {
        let text = visible(&entry.text);
        found.push(
            RULE.at(node, entry.span, format!("`{text}` among the members makes this node unreachable"))
                .label(node.config.sources.location(remote.span), "another machine")
                .note(
                    "without `<interfaces>`, a node whose list names the local host takes 127.0.0.1 for its own address \
                     and tells the others so",
                )
                .help("write this machine's address as the others reach it, or enable `<interfaces>`"),
        );
    }
}

fn is_loopback(entry: &MemberEntry) -> bool {
    match &entry.host {
        Host::Name(name) => name == "localhost",
        _ => entry.single_address() == Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    }
}
