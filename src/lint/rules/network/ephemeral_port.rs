#![doc = include_str!("ephemeral_port.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "ephemeral-port",
    severity: Severity::Warning,
    summary: "the member port is 0",
    page: include_str!("ephemeral_port.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let port = node.config.network.port.number;
    let Some(span) = port.span.filter(|_| *port == 0) else { return };
    let edit = Edit::replace(node.config.sources.location(span), "5701");
    found.push(
        RULE.at(node, span, "port 0 lets the system choose the port, so no other member can find it")
            .fix(Fix::suggestion("write `5701`", edit)),
    );
}
