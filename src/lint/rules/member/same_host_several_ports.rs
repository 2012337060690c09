#![doc = include_str!("same_host_several_ports.md")]

use std::collections::BTreeMap;

use cobnut_config::MemberEntry;
use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "same-host-several-ports",
    severity: Severity::Info,
    summary: "one host is listed with the ports that are tried anyway",
    page: include_str!("same_host_several_ports.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let network = &node.config.network;
    if !*network.port.auto_increment || !*network.join.tcp_ip.enabled {
        return;
    }
    let first = u32::from(*network.port.number);
    let tried = first..first + node.config.properties.join_port_try_count();
    let mut by_host: BTreeMap<std::net::IpAddr, Vec<&MemberEntry>> = BTreeMap::new();
    for entry in network.join.tcp_ip.entries.iter().filter(|entry| entry.outcome().is_dialled()) {
        if let (Some(address), Some(_)) = (entry.single_address(), entry.written_port()) {
            by_host.entry(address).or_default().push(entry);
        }
    }
    for (address, entries) in by_host {
        let has = |port: u32| entries.iter().any(|entry| entry.written_port().map(u32::from) == Some(port));
        let (Some(one), Some(other)) = (entries.first(), entries.get(1)) else { continue };
        if tried.clone().all(has) {
            let last = tried.end - 1;
            found.push(
                RULE.at(node, one.span, format!("{address} is listed once for each port that would be tried anyway"))
                    .label(node.config.sources.location(other.span), "the same host")
                    .note(format!("a member without a port is dialled on {first} to {last}: on a host with one node, all but one are in vain"))
                    .help(format!("write `{address}` once")),
            );
        }
    }
}
