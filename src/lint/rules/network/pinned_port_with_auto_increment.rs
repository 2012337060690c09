#![doc = include_str!("pinned_port_with_auto_increment.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "pinned-port-with-auto-increment",
    severity: Severity::Info,
    summary: "a node may go on to a port on which nobody looks for it",
    page: include_str!("pinned_port_with_auto_increment.md"),
    check: Check::File(check),
};

/// Only where the file asks for it: without the attribute nobody has made a decision.
fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let network = &node.config.network;
    let tcp_ip = &network.join.tcp_ip;
    let port = &network.port;
    let Some(span) = port.auto_increment.span.filter(|_| *port.auto_increment && *tcp_ip.enabled) else {
        return;
    };
    let is_pinned = tcp_ip.entries.len() > 1
        && *port.port_count > 1
        && tcp_ip.entries.iter().all(|entry| entry.written_port() == Some(*port.number));
    let Some(first) = tcp_ip.entries.first().filter(|_| is_pinned) else { return };
    let edit = Edit::replace(node.config.sources.location(span), "false");
    found.push(
        RULE.at(
            node,
            span,
            format!("when {} is taken, this node goes on to the next port, where nobody looks", *port.number),
        )
        .label(
            node.config.sources.location(first.span),
            format!("all members are dialled on {} alone", *port.number),
        )
        .note("a second instance on the machine starts without any message and is no part of the cluster")
        .fix(Fix::suggestion("let the node stop instead: `auto-increment=\"false\"`", edit)),
    );
}
