#![doc = include_str!("member_without_port.md")]

use cobnut_config::{DEFAULT_PORT, EntryPort, MemberEntry};
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "member-without-port",
    severity: Severity::Info,
    summary: "members without a port are looked for on this node's own one",
    page: include_str!("member_without_port.md"),
    check: Check::File(check),
};

/// For a file alone: with the other nodes' files at hand their ports are known.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let network = &node.config.network;
    let port = &network.port;
    let Some(span) = port.number.span.filter(|_| *port.number != DEFAULT_PORT && *port.number > 0) else {
        return;
    };
    if cluster.nodes().len() > 1 || !*network.join.tcp_ip.enabled {
        return;
    }
    let lacks_port = |entry: &&MemberEntry| entry.port == EntryPort::Unset && entry.outcome().is_dialled();
    let Some(first) = network.join.tcp_ip.entries.iter().find(lacks_port) else { return };
    let tried = if *port.auto_increment {
        let last = u32::from(*port.number) + node.config.properties.join_port_try_count() - 1;
        format!("{} to {last}", *port.number)
    } else {
        format!("{} alone", *port.number)
    };
    found.push(
        RULE.at(
            node,
            first.span,
            format!("`{}` is dialled on {tried}, not on {DEFAULT_PORT}", visible(&first.text)),
        )
        .label(node.config.sources.location(span), "this node's own port")
        .note("a member without a port is looked for where this node itself would listen")
        .help("write the ports if the others listen elsewhere; check all files together to be sure"),
    );
}
