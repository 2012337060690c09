#![doc = include_str!("port_mismatch.md")]

use std::net::IpAddr;

use cobnut_config::MemberEntry;
use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "port-mismatch",
    severity: Severity::Error,
    summary: "a member is listed with a port that it does not listen on",
    page: include_str!("port_mismatch.md"),
    check: Check::Cluster(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    for lister in cluster.nodes() {
        for target in lister.config.dial_targets() {
            let Some(address) = target.address() else { continue };
            let at = |node: &&Node| node.own_address().is_some_and(|(own, _)| own == address);
            let listening: Vec<&Node> = cluster.nodes().iter().filter(at).collect();
            let [node] = listening.as_slice() else { continue };
            let ports = ports(node);
            let is_reached = target.ports.iter().any(|&port| ports.contains(&u32::from(port)));
            let entries = &lister.config.network.join.tcp_ip.entries;
            let elsewhere = entries.iter().any(|entry| is_listed_well(entry, address, &ports));
            if !is_reached && !elsewhere {
                found.push(finding(lister, node, address, &target));
            }
        }
    }
}

fn finding(lister: &Node, node: &Node, address: IpAddr, target: &cobnut_config::DialTarget) -> Diagnostic {
    let port = node.config.network.port.number;
    let dialled: Vec<String> = target.ports.iter().map(u16::to_string).collect();
    let message = format!(
        "{} dials {address} on {}, but {} listens on {}",
        lister.label,
        dialled.join(", "),
        node.label,
        *port
    );
    let finding = RULE.at(lister, target.span, message);
    let finding = match port.span {
        Some(span) => {
            finding.label(node.config.sources.location(span), format!("the port of {}", node.label))
        }
        None => finding.note(format!("{} names no port, which means {}", node.label, *port)),
    };
    finding.note("the connection fails each time").help(format!("write `{address}:{}`", *port))
}

/// The ports that a node may end up on.
fn ports(node: &Node) -> std::ops::Range<u32> {
    let port = &node.config.network.port;
    let first = u32::from(*port.number);
    first..first + if *port.auto_increment { *port.port_count } else { 1 }
}

fn is_listed_well(entry: &MemberEntry, address: IpAddr, ports: &std::ops::Range<u32>) -> bool {
    entry.reaches(address) && entry.written_port().is_some_and(|port| ports.contains(&u32::from(port)))
}
