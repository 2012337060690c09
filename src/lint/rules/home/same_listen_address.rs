#![doc = include_str!("same_listen_address.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{copied, place};
use crate::{Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "same-listen-address",
    severity: Severity::Error,
    summary: "two nodes want to listen on the same address",
    page: include_str!("same_listen_address.md"),
    check: Check::Homes(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    // Every machine has the loopback address, and 0.0.0.0 stands for all.
    let is_own = |text: &str| {
        text.parse::<IpAddr>().is_ok_and(|address| !address.is_loopback() && !address.is_unspecified())
    };
    for (name, home, first) in copied(cluster, &["network.interface", "adminConsole.interface"], is_own) {
        let (Some(place), Some(first_place)) = (place(home, name), place(first, name)) else { continue };
        found.push(
            RULE.found(place, format!("{} wants to listen on the address of {}", home.label, first.label))
                .label(first_place, format!("`{name}` of {}", first.label))
                .note("a machine without that address cannot open the ports")
                .help("write the address of the node's own machine, or leave it out to listen on all"),
        );
    }
}
