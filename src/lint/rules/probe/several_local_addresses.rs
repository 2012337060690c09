#![doc = include_str!("several_local_addresses.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{anchor, here, listed};
use crate::{Check, Cluster, Probed, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "several-local-addresses",
    severity: Severity::Warning,
    summary: "several addresses of this machine fit, and their order decides",
    page: include_str!("several_local_addresses.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    for node in here(cluster, probed) {
        let interfaces = &node.config.network.interfaces;
        if !*interfaces.enabled || node.config.properties.local_address().is_some() {
            continue;
        }
        let fitting: Vec<IpAddr> =
            probed.local.iter().copied().filter(|address| interfaces.matches(*address)).collect();
        let Ok(taken) = node.config.pick_address(&probed.local) else { continue };
        if fitting.len() < 2 {
            continue;
        }
        let pattern = interfaces
            .patterns
            .iter()
            .find(|interface| interface.pattern.as_ref().is_ok_and(|pattern| pattern.matches(taken)));
        let span = pattern.map_or_else(|| anchor(node), |pattern| pattern.text.span);
        found.push(
            RULE.at(
                node,
                span,
                format!("{} addresses of this machine fit: {}", fitting.len(), listed(&fitting)),
            )
            .note(format!(
                "the node takes {taken}, because the operating system names it first; that may change"
            ))
            .help(format!("write the one that the other nodes list, for example {taken}")),
        );
    }
}
