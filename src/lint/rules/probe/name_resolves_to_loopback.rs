#![doc = include_str!("name_resolves_to_loopback.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::{in_order, named_entries};
use crate::{Check, Cluster, Probed, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "name-resolves-to-loopback",
    severity: Severity::Warning,
    summary: "a host name of a member means this machine itself",
    page: include_str!("name_resolves_to_loopback.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    for node in in_order(cluster, probed) {
        for (entry, name) in named_entries(node) {
            if name.eq_ignore_ascii_case("localhost") {
                continue;
            }
            let resolved = probed.resolved(name).unwrap_or_default();
            let Some(loopback) = resolved.iter().find(|address| address.is_loopback()) else { continue };
            let message = format!("`{}` resolves to {loopback} on this machine", visible(name));
            let finding = RULE.at(node, entry.span, message).note(
                "the node looks for this member on its own machine, and may take the loopback address itself",
            );
            let is_debian = *loopback == IpAddr::from([127, 0, 1, 1]);
            found.push(if is_debian {
                finding.help("Debian's installer writes 127.0.1.1 for the machine's own name into /etc/hosts: write the address that the other nodes use there, or in this file")
            } else {
                finding.help("write the address that the other nodes use into /etc/hosts, or into this file")
            });
        }
    }
}
