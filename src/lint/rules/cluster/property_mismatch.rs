#![doc = include_str!("property_mismatch.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{first_span, majority};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "property-mismatch",
    severity: Severity::Warning,
    summary: "two nodes have different settings for joining or merging",
    page: include_str!("property_mismatch.md"),
    check: Check::Cluster(check),
};

/// Properties that decide how members join, judge each other and merge again. Heartbeats have a rule of their own.
const SHARED: [&str; 8] = [
    "hazelcast.heartbeat.failuredetector.type",
    "hazelcast.max.join.seconds",
    "hazelcast.max.wait.seconds.before.join",
    "hazelcast.merge.first.run.delay.seconds",
    "hazelcast.merge.next.run.delay.seconds",
    "hazelcast.wait.seconds.before.join",
    "hazelcast.operation.call.timeout.millis",
    "hazelcast.mastership.claim.timeout.seconds",
];

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    for property in SHARED {
        let value =
            |node: &Node| node.config.properties.value(property).map(|value| value.value.trim().to_owned());
        let Some((usual, others)) = majority(cluster, value) else { continue };
        let written = |node: &Node| value(node).map_or("not set".to_owned(), |value| format!("`{value}`"));
        for node in others {
            let message = format!(
                "`{property}` is {} in {}, but {} in {}",
                written(node),
                node.label,
                written(usual),
                usual.label
            );
            let span = |node: &Node| node.config.properties.value(property).map(|value| value.span);
            let finding = RULE.at(node, span(node).unwrap_or_else(|| first_span(node)), message);
            let finding = match span(usual) {
                Some(span) => finding
                    .label(usual.config.sources.location(span), format!("the value of {}", usual.label)),
                None => finding,
            };
            found.push(
                finding
                    .note("after a failure one node waits while the other already acts: a split lasts longer than it must")
                    .help("set the same value on all nodes, or on none"),
            );
        }
    }
}
