#![doc = include_str!("name_outside_interfaces.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::{in_order, listed, named_entries};
use crate::{Check, Cluster, Probed, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "name-outside-interfaces",
    severity: Severity::Error,
    summary: "a member name resolves to an address that is dropped silently",
    page: include_str!("name_outside_interfaces.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    for node in in_order(cluster, probed) {
        for (entry, name) in named_entries(node) {
            let resolved = probed.resolved(name).unwrap_or_default();
            let dropped: Vec<IpAddr> = resolved
                .iter()
                .copied()
                .filter(|address| !address.is_loopback() && !node.config.hazelcast_keeps_resolved(*address))
                .collect();
            if dropped.is_empty() || dropped.len() < resolved.len() {
                continue;
            }
            let message = format!(
                "`{}` resolves to {}, which `<interfaces>` does not cover",
                visible(name),
                listed(&dropped)
            );
            let mut finding = RULE.at(node, entry.span, message);
            if let Some(pattern) = node.config.network.interfaces.patterns.first() {
                let place = node.config.sources.location(pattern.text.span);
                finding = finding.label(place, "Hazelcast keeps addresses of names only if this covers them");
            }
            found.push(
                finding
                    .note("Hazelcast drops the member without any message; written as an address it would be kept")
                    .help("write the address instead of the name, or a pattern that covers all members"),
            );
        }
    }
}
