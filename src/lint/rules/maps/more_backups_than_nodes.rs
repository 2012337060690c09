#![doc = include_str!("more_backups_than_nodes.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::node_count;
use super::reading::maps;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "more-backups-than-nodes",
    severity: Severity::Warning,
    summary: "a map wants more backups than there are other nodes",
    page: include_str!("more_backups_than_nodes.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let Some(nodes) = node_count(cluster, node).filter(|&nodes| nodes > 1) else { return };
    let others = i32::try_from(nodes - 1).unwrap_or(i32::MAX);
    for map in maps(node) {
        // The default of 1 is what a file has that nobody thought about.
        for count in ["backup-count", "async-backup-count"].into_iter().filter_map(|name| map.number(name)) {
            if count.value > others.max(1) && count.value <= 6 {
                let message =
                    format!("{} wants {} backups, but there are {nodes} nodes", map.label(), *count);
                found.push(
                    RULE.at(node, count.span, message)
                        .note(format!("Hazelcast keeps {others} and says nothing"))
                        .help(format!("write {others}, or nothing at all")),
                );
            }
        }
    }
}
