#![doc = include_str!("heartbeat_mismatch.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Rule};

/// Properties by which members judge each other.
const SHARED: [&str; 2] = ["hazelcast.heartbeat.interval.seconds", "hazelcast.max.no.heartbeat.seconds"];

pub(crate) static RULE: Rule = Rule {
    name: "heartbeat-mismatch",
    severity: Severity::Warning,
    summary: "two nodes have different ideas of silence",
    page: include_str!("heartbeat_mismatch.md"),
    check: Check::Cluster(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    for property in SHARED {
        let Some((first, expected)) = cluster
            .nodes()
            .iter()
            .find_map(|node| node.config.properties.value(property).map(|value| (node, value)))
        else {
            continue;
        };
        for node in cluster.nodes() {
            let value = node.config.properties.value(property);
            if value.is_some_and(|value| value.value == expected.value) {
                continue;
            }
            let message = match value {
                Some(value) => {
                    format!("`{property}` is {} here and {} in {}", value.value, expected.value, first.label)
                }
                None => format!("`{property}` is not set here, but {} in {}", expected.value, first.label),
            };
            let document = &node.config.document;
            let root = document.roots().first().map(|&root| document.element(root).name_span);
            let place = value.map(|value| value.span).or(root).unwrap_or_default();
            found.push(
                RULE.at(node, place, message)
                    .label(
                        first.config.sources.location(expected.span),
                        format!("the value of {}", first.label),
                    )
                    .note("one node may remove another that still waits for it")
                    .help("set the same value on all nodes"),
            );
        }
    }
}
