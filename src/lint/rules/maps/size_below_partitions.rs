#![doc = include_str!("size_below_partitions.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::node_count;
use super::reading::maps;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "size-below-partitions",
    severity: Severity::Warning,
    summary: "a map's size limit is smaller than the number of partitions",
    page: include_str!("size_below_partitions.md"),
    check: Check::File(check),
};

/// `hazelcast.partition.count` when it is not set.
const PARTITIONS: i32 = 271;

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let Some(nodes) = node_count(cluster, node).and_then(|nodes| i32::try_from(nodes).ok()) else { return };
    let partitions = node.config.properties.number("hazelcast.partition.count").unwrap_or(PARTITIONS);
    for map in maps(node) {
        let eviction = map.eviction();
        let is_per_node = eviction.size_policy.as_ref().is_none_or(|policy| policy.value == "PER_NODE");
        let Some(size) = eviction.size.as_ref().filter(|_| is_per_node && eviction.is_on()) else { continue };
        if size.value > 0 && size.value.saturating_mul(nodes) < partitions {
            let message = format!(
                "{} is limited to {} entries on each of {nodes} nodes, fewer than the {partitions} partitions",
                map.label(),
                size.value
            );
            found.push(
                RULE.at(node, size.span, message)
                    .note(
                        "the limit of a partition is size × nodes ÷ partitions, at least 1: entries are thrown away by \
                         chance, not when the map is full",
                    )
                    .help(format!("write {partitions} or more; Openfire's own maps have 10000 and 100000")),
            );
        }
    }
}
