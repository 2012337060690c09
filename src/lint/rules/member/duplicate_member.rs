#![doc = include_str!("duplicate_member.md")]

use std::collections::BTreeMap;

use cobnut_config::{EntryPort, Host, MemberEntry};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "duplicate-member",
    severity: Severity::Warning,
    summary: "a member is listed more than once",
    page: include_str!("duplicate_member.md"),
    check: Check::File(check),
};

/// Compares hosts and ports, so `node1` and `node1:5701` count as the same member when the port is 5701.
fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let source = &node.config.sources;
    let mut first_seen: BTreeMap<(String, u16), Span> = BTreeMap::new();
    for entry in &node.config.network.join.tcp_ip.entries {
        let Some(key) = key(entry, *node.config.network.port.number) else { continue };
        let Some(first) = first_seen.get(&key) else {
            first_seen.insert(key, entry.span);
            continue;
        };
        let message = format!("member `{}` is already listed", visible(&entry.text));
        let finding = RULE
            .at(node, entry.span, message)
            .label(source.location(*first), "first listed here")
            .note("it has no effect; often another member was meant here");
        let finding = if *node.config.network.join.tcp_ip.enabled {
            finding
        } else {
            finding
                .with_severity(Severity::Info)
                .note("`<tcp-ip>` is not enabled, so the list has no effect at the moment")
        };
        // An entry that shares its element would leave a comma behind.
        found.push(if entry.shares_element {
            finding
        } else {
            let edit = Edit::delete(source.location(entry.element_span));
            finding.fix(Fix::suggestion("remove the repeated member", edit))
        });
    }
}

fn key(entry: &MemberEntry, default_port: u16) -> Option<(String, u16)> {
    let port = match entry.port {
        EntryPort::Unset => default_port,
        EntryPort::Number(port) => port,
        EntryPort::OutOfRange(_) | EntryPort::NotANumber(_) => return None,
    };
    let host = match &entry.host {
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
        Host::Name(name) => name.trim_end_matches('.').to_lowercase(),
        _ => return None,
    };
    Some((host, port))
}
