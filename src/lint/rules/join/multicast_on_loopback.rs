#![doc = include_str!("multicast_on_loopback.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "multicast-on-loopback",
    severity: Severity::Warning,
    summary: "multicast on the loopback address without loopback mode",
    page: include_str!("multicast_on_loopback.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let multicast = &node.config.network.join.multicast;
    let (Some(span), Some((own, own_span))) = (multicast.span, node.own_address()) else { return };
    if !*multicast.enabled || !own.is_loopback() || multicast.loopback_mode.is_some_and(|mode| mode.value) {
        return;
    }
    let name = Span::new(span.start, span.start + "<multicast".len());
    let finding = RULE
        .at(node, name, "multicast on a loopback address needs the loopback mode")
        .label(node.config.sources.location(own_span), "this node takes a loopback address")
        .note("without it some systems do not deliver the packets to other processes of the machine: each node stays alone");
    let (place, text) = match multicast.loopback_mode {
        Some(mode) => (mode.span, "true"),
        None => (Span::at(name.end), " loopbackModeEnabled=\"true\""),
    };
    let edit = Edit::replace(node.config.sources.location(place), text);
    found.push(finding.fix(Fix::suggestion("set `loopbackModeEnabled=\"true\"`", edit)));
}
