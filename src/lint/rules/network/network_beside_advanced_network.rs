#![doc = include_str!("network_beside_advanced_network.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "network-beside-advanced-network",
    severity: Severity::Error,
    summary: "a file has `<network>` and an enabled `<advanced-network>`",
    page: include_str!("network_beside_advanced_network.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let Some(advanced) = node.config.advanced_network.as_ref().filter(|advanced| *advanced.enabled) else {
        return;
    };
    let (Some(network), Some(enabled)) =
        (document.at_path("hazelcast/network").next(), advanced.enabled.span)
    else {
        return;
    };
    found.push(
        RULE.at(node, enabled, "`<advanced-network>` is enabled beside `<network>`")
            .label(node.config.sources.location(document.element(network).name_span), "only one of the two may say how the node listens")
            .note("Hazelcast does not start: Ambiguous configuration: cannot include both <network> and an enabled <advanced-network> element")
            .help("set `enabled=\"false\"`, or move what `<network>` says into `<advanced-network>`"),
    );
}
