#![doc = include_str!("no_local_address.md")]

use std::net::IpAddr;

use cobnut_config::PickError;
use cobnut_diagnostics::{Diagnostic, Severity};

use super::{anchor, here, listed};
use crate::distance::nearest;
use crate::{Check, Cluster, Node, Probed, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "no-local-address",
    severity: Severity::Error,
    summary: "this machine has no address that the file asks for",
    page: include_str!("no_local_address.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    for node in here(cluster, probed) {
        let resolve = |name: &str| probed.resolved(name).unwrap_or_default().to_vec();
        if let Err(error) = node.config.pick_address_with(&probed.local, resolve) {
            found.push(finding(node, &probed.local, &error));
        }
    }
}

fn finding(node: &Node, local: &[IpAddr], error: &PickError) -> Diagnostic {
    let network = &node.config.network;
    let (span, wanted, message) = match error {
        PickError::NoMatchingInterface { .. } => {
            let pattern = network.interfaces.patterns.first();
            let span = pattern.map(|pattern| pattern.text.span).or(network.interfaces.span);
            let wanted = pattern.map(|pattern| pattern.text.value.clone());
            (span, wanted.unwrap_or_default(), "`<interfaces>` covers no address of this machine".to_owned())
        }
        PickError::NotLocal { wanted, .. } => {
            let property = node.config.properties.value("hazelcast.local.localAddress");
            let message =
                format!("`hazelcast.local.localAddress` is `{wanted}`, which is no address of this machine");
            (property.map(|property| property.span), wanted.clone(), message)
        }
    };
    let finding = RULE
        .at(node, span.unwrap_or_else(|| anchor(node)), message)
        .note(format!("its addresses are {}", listed(local)))
        .note("Hazelcast CANNOT start, and Openfire runs without a cluster; Cobnut does not start either");
    let local: Vec<String> =
        local.iter().filter(|address| !address.is_loopback()).map(IpAddr::to_string).collect();
    match nearest(&wanted, local.iter().map(String::as_str)) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help("write one of them; or is this the file of another machine?"),
    }
}
