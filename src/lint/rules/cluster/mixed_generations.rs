#![doc = include_str!("mixed_generations.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::first_span;
use crate::generation::target;
use crate::{Check, Cluster, Node, Rule, Target};

pub(crate) static RULE: Rule = Rule {
    name: "mixed-generations",
    severity: Severity::Warning,
    summary: "two nodes have files of different Hazelcast generations",
    page: include_str!("mixed_generations.md"),
    check: Check::Cluster(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    if cluster.options.target != Target::Auto {
        return;
    }
    let old = |target: Target| target <= Target::V3_12;
    let mut eras = cluster
        .nodes()
        .iter()
        .map(|node| (node, target(cluster, node)))
        .filter(|(_, era)| *era != Target::Auto);
    let Some((first, expected)) = eras.next() else { return };
    for (node, era) in eras.filter(|(_, era)| old(*era) != old(expected)) {
        let name = |target| if old(target) { "3.x" } else { "4.0 or newer" };
        let message = format!(
            "{} is written for Hazelcast {}, {} for {}",
            node.label,
            name(era),
            first.label,
            name(expected)
        );
        found.push(
            RULE.at(node, place(node), message)
                .label(first.config.sources.location(place(first)), format!("for {}", name(expected)))
                .note(
                    "a plugin of one generation refuses the file of the other, and members of the two cannot talk to each \
                     other: one of the nodes was not upgraded",
                )
                .help("run the same plugin on all nodes; cobnut reads both files"),
        );
    }
}

/// The element that tells, or the first one.
fn place(node: &Node) -> cobnut_diagnostics::Span {
    let document = &node.config.document;
    let telling = ["hazelcast/group", "hazelcast/cluster-name"];
    let element = telling.iter().find_map(|path| document.at_path(path).next());
    element.map_or_else(|| first_span(node), |id| document.element(id).name_span)
}
