#![doc = include_str!("network_address_as_member.md")]

use cobnut_config::Host;
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "network-address-as-member",
    severity: Severity::Info,
    summary: "a member ends in 0 or 255, as networks and broadcasts do",
    page: include_str!("network_address_as_member.md"),
    check: Check::File(check),
};

/// An address that some file claims as its own is a host, whatever it looks like.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.entries() {
        let Host::Ipv4(address) = entry.host else { continue };
        let [a, b, c, last] = address.octets();
        let is_own =
            cluster.nodes().iter().any(|node| node.own_address().is_some_and(|(own, _)| own == address));
        if slip.is_some() || is_own || !matches!(last, 0 | 255) || address.is_unspecified() {
            continue;
        }
        let what = if last == 0 { "a network" } else { "the broadcast of a network" };
        let text = visible(&entry.text);
        found.push(
            RULE.at(node, entry.span, format!("`{text}` looks like the address of {what}, not of a host"))
                .note("Hazelcast dials this one address; it is that of a host only where networks are larger than 256 addresses")
                .help(format!("write the address of a member, or a range such as `{a}.{b}.{c}.1-20`")),
        );
    }
}
