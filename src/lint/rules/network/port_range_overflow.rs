#![doc = include_str!("port_range_overflow.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "port-range-overflow",
    severity: Severity::Warning,
    summary: "the ports that a node may go on to end above 65535",
    page: include_str!("port_range_overflow.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let port = &node.config.network.port;
    let last = u32::from(*port.number) + *port.port_count - 1;
    let Some(span) = port.port_count.span.or(port.number.span) else { return };
    if !*port.auto_increment || *port.number == 0 || u16::try_from(last).is_ok() {
        return;
    }
    let room = u32::from(u16::MAX) - u32::from(*port.number) + 1;
    let count = *port.port_count;
    found.push(
        RULE.at(node, span, format!("from port {} on there are {room} ports, not {count}", *port.number))
            .note("when the others are taken Hazelcast tries 65536 and stops: Port out of range")
            .help(format!("write a lower port, or a `port-count` of {room} or less")),
    );
}
