#![doc = include_str!("invalid_multicast_group.md")]

use std::net::IpAddr;

use cobnut_config::DEFAULT_MULTICAST_GROUP;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "invalid-multicast-group",
    severity: Severity::Error,
    summary: "the multicast group is not the address of a group",
    page: include_str!("invalid_multicast_group.md"),
    check: Check::File(check),
};

/// Quiet while multicast is off: the value is not looked at then.
fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    if !*node.config.network.join.multicast.enabled {
        return;
    }
    let Some((text, span)) = group(node) else { return };
    let problem = match text.parse::<IpAddr>() {
        Ok(address) if address.is_multicast() => return,
        Ok(_) => "is the address of a host, not of a multicast group",
        Err(_) => "is not an address",
    };
    let edit = Edit::replace(node.config.sources.location(span), DEFAULT_MULTICAST_GROUP);
    found.push(
        RULE.at(node, span, format!("`{}` {problem}", visible(text)))
            .note("Hazelcast does not start: Starting the MulticastService failed; Openfire then runs on without a cluster")
            .help("groups are 224.0.0.0 to 239.255.255.255; all nodes must name the same one")
            .fix(Fix::suggestion(format!("write Hazelcast's own group, `{DEFAULT_MULTICAST_GROUP}`"), edit)),
    );
}

/// The group that counts, where it is written; the property goes before the element. Variables are not judged.
pub(super) fn group(node: &Node) -> Option<(&str, Span)> {
    let group = &node.config.network.join.multicast.group;
    let written = match node.config.properties.value("hazelcast.multicast.group") {
        Some(property) if !property.value.is_empty() => (property.value.as_str(), property.span),
        _ => (group.value.as_str(), group.span?),
    };
    (!written.0.contains("${")).then_some(written)
}
