#![doc = include_str!("partition_count_set.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "partition-count-set",
    severity: Severity::Info,
    summary: "the partition count is set, so that every node must set it",
    page: include_str!("partition_count_set.md"),
    check: Check::File(check),
};

/// For a file alone: with the files of the other nodes at hand they are compared, and there is nothing to remind of.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    if cluster.nodes().len() > 1 {
        return;
    }
    let Some(value) = node.config.properties.value("hazelcast.partition.count") else { return };
    found.push(
        RULE.at(node, value.span, format!("the partition count is set to {} here", visible(&value.value)))
            .note(
                "Hazelcast compares it as text, even an unset one with a written 271: a node that differs stops with \
                 \"Incompatible partition count!\"",
            )
            .help("set the same on all nodes, or remove it; check all files together to see that they agree"),
    );
}
