#![doc = include_str!("port_of_a_service.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "port-of-a-service",
    severity: Severity::Warning,
    summary: "a member port belongs to another service",
    page: include_str!("port_of_a_service.md"),
    check: Check::File(check),
};

/// Openfire's own ports, and the one on which Hazelcast searches by multicast.
const SERVICES: &[(u16, &str)] = &[
    (5222, "XMPP clients"),
    (5223, "XMPP clients with TLS"),
    (5269, "XMPP servers"),
    (5270, "XMPP servers with TLS"),
    (5275, "XMPP components"),
    (7070, "HTTP binding"),
    (7443, "HTTP binding with TLS"),
    (7777, "file transfers"),
    (9090, "the admin console"),
    (9091, "the admin console with TLS"),
    (54327, "multicast discovery"),
];

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let service = |port: u16| SERVICES.iter().find(|(known, _)| *known == port).map(|(_, name)| *name);
    let mut report = |span: Span, port: u16, note: &str| {
        if let Some(name) = service(port) {
            let message = format!("port {port} is that of {name}, not of members");
            found.push(RULE.at(node, span, message).note(note).help("the usual member port is 5701"));
        }
    };
    let own = node.config.network.port.number;
    if let Some(span) = own.span {
        report(span, *own, "the two take the port from each other, or the node drifts to the next one");
    }
    for entry in &node.config.network.join.tcp_ip.entries {
        if let Some(port) = entry.written_port().filter(|_| entry.outcome().is_dialled()) {
            report(entry.span, port, "the connection succeeds, and the other side speaks another protocol");
        }
    }
}
