#![doc = include_str!("same_node_id.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{copied, place};
use crate::{Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "same-node-id",
    severity: Severity::Error,
    summary: "two nodes have the same cluster node id",
    page: include_str!("same_node_id.md"),
    check: Check::Homes(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    for (name, home, first) in copied(cluster, &["clustering.nodeid"], |_| true) {
        let (Some(place), Some(first_place)) = (place(home, name), place(first, name)) else { continue };
        found.push(
            RULE.found(place, format!("{} has the node id of {}", home.label, first.label))
                .label(first_place, format!("the id of {}", first.label))
                .note("the file was copied: the cluster takes the two for one node")
                .help("remove `<nodeid>` here; Openfire writes a new one when it starts"),
        );
    }
}
