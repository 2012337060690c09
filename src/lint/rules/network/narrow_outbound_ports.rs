#![doc = include_str!("narrow_outbound_ports.md")]

use std::collections::BTreeSet;

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "narrow-outbound-ports",
    severity: Severity::Warning,
    summary: "there are fewer outbound ports than members to connect to",
    page: include_str!("narrow_outbound_ports.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let outbound = &node.config.network.outbound_ports;
    let (Some(ranges), Some(first)) = (outbound.restriction(), outbound.items.first()) else { return };
    // What is no range has a finding of its own.
    if outbound.items.iter().any(|item| item.value.is_none()) {
        return;
    }
    let ports: BTreeSet<u16> = ranges.iter().flat_map(|range| range.first..=range.last).collect();
    let own = node.own_address().map(|(own, _)| own);
    let hosts: BTreeSet<_> = node
        .config
        .dial_targets()
        .into_iter()
        .filter(|target| target.address().is_none() || target.address() != own)
        .map(|target| match target.address() {
            Some(address) => address.to_string(),
            None => format!("{:?}", target.host),
        })
        .collect();
    if ports.len() >= hosts.len() || hosts.len() < 2 {
        return;
    }
    let members = hosts.len();
    let message = match ports.len() {
        1 => format!("one outbound port for connections to {members} members"),
        count => format!("{count} outbound ports for connections to {members} members"),
    };
    found.push(
        RULE.at(node, first.span, message)
            .note("each connection takes a port of its own; when all are taken, the next connection fails")
            .help("open a wider range in the firewall and here, such as 33000-33099: closed connections keep their port for minutes"),
    );
}
