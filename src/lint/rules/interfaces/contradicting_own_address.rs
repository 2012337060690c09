#![doc = include_str!("contradicting_own_address.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "contradicting-own-address",
    severity: Severity::Warning,
    summary: "a property and an element name different own addresses",
    page: include_str!("contradicting_own_address.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let config = &node.config;
    let interfaces = &config.network.interfaces;
    let property = config.properties.value("hazelcast.local.localAddress");
    if let (Some(property), Some(first), true) = (property, interfaces.patterns.first(), *interfaces.enabled)
        && let Ok(address) = property.value.trim().parse::<IpAddr>()
        && interfaces.patterns.iter().all(|interface| interface.pattern.is_ok())
        && !interfaces.matches(address)
    {
        found.push(
            RULE.at(node, property.span, format!("this node takes {address}, which `<interfaces>` does not allow"))
                .label(config.sources.location(first.text.span), "has no effect")
                .note("`hazelcast.local.localAddress` goes before `<interfaces>`; Hazelcast says nothing about the difference")
                .help("keep the one that is right and remove the other"),
        );
    }
    let property = config.properties.value("hazelcast.local.publicAddress");
    if let (Some(property), Some(element)) = (property, &config.network.public_address)
        && !property.value.is_empty()
        && property.value.trim() != element.value.trim()
    {
        let shown = visible(property.value.trim());
        found.push(
            RULE.at(node, property.span, format!("this node advertises `{shown}`, not what `<public-address>` says"))
                .label(config.sources.location(element.span), "has no effect")
                .note("`hazelcast.local.publicAddress` goes before the element; Hazelcast says nothing about the difference")
                .help("keep the one that is right and remove the other"),
        );
    }
}
