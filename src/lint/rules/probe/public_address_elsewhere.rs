#![doc = include_str!("public_address_elsewhere.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::{here, public_host};
use crate::{Check, Cluster, Probed, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "public-address-elsewhere",
    severity: Severity::Info,
    summary: "the public address is no address of this machine",
    page: include_str!("public_address_elsewhere.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    for node in here(cluster, probed) {
        let Some(written) = &node.config.network.public_address else { continue };
        let host = public_host(&written.value);
        let text = visible(&written.value);
        let Some(addresses) = host
            .parse::<IpAddr>()
            .map_or_else(|_| probed.resolved(host).map(<[IpAddr]>::to_vec), |address| Some(vec![address]))
        else {
            continue;
        };
        if addresses.is_empty() {
            let message = format!("no address is found for the public address `{text}` on this machine");
            let finding = RULE.at(node, written.span, message).with_severity(Severity::Error);
            found.push(finding.note("Hazelcast does not start with it").help("write an address"));
        } else if !addresses.iter().any(|address| probed.is_local(*address)) {
            let message = format!("the public address `{text}` is no address of this machine");
            found.push(RULE.at(node, written.span, message).note(
                "that is right behind a router that forwards it here; otherwise no member reaches this node",
            ));
        }
    }
}
