#![doc = include_str!("same_fqdn.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{copied, place};
use crate::{Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "same-fqdn",
    severity: Severity::Info,
    summary: "two nodes have the same host name",
    page: include_str!("same_fqdn.md"),
    check: Check::Homes(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    for (name, home, first) in copied(cluster, &["fqdn"], |_| true) {
        let (Some(place), Some(first_place)) = (place(home, name), place(first, name)) else { continue };
        found.push(
            RULE.found(place, format!("{} has the host name of {}", home.label, first.label))
                .label(first_place, format!("the name of {}", first.label))
                .note("clients that resume a stream may be sent to the wrong node")
                .help("write the name of the node's own machine"),
        );
    }
}
