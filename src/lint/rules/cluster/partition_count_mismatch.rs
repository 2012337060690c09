#![doc = include_str!("partition_count_mismatch.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{first_span, majority};
use crate::{Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "partition-count-mismatch",
    severity: Severity::Error,
    summary: "two nodes divide the data into different numbers of partitions",
    page: include_str!("partition_count_mismatch.md"),
    check: Check::Cluster(check),
};

/// How many partitions the data is divided into; 271 when nothing is said.
const PROPERTY: &str = "hazelcast.partition.count";

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    // Hazelcast compares the texts: one that is missing differs from a written 271.
    let Some((usual, others)) =
        majority(cluster, |node| node.config.properties.value(PROPERTY).map(|v| v.value.clone()))
    else {
        return;
    };
    let written = |value: Option<&str>| value.map_or("not set".to_owned(), |value| format!("`{value}`"));
    let expected = usual.config.properties.value(PROPERTY);
    for node in others {
        let value = node.config.properties.value(PROPERTY);
        let message = format!(
            "`{PROPERTY}` is {} in {}, but {} in {}",
            written(value.map(|value| value.value.as_str())),
            node.label,
            written(expected.map(|value| value.value.as_str())),
            usual.label
        );
        let place = value.map_or_else(|| first_span(node), |value| value.span);
        let mut finding = RULE.at(node, place, message);
        if let Some(expected) = expected {
            finding = finding
                .label(usual.config.sources.location(expected.span), format!("the value of {}", usual.label));
        }
        let note = "Hazelcast stops the node that joins last: Incompatible partition count!";
        let finding = finding.note(note);
        let is_default = [value, expected].into_iter().flatten().any(|value| value.value.trim() == "271");
        let finding = if is_default && (value.is_none() || expected.is_none()) {
            finding.note("271 is the default, but the texts are compared: a missing one is not equal to it")
        } else {
            finding
        };
        found.push(finding.help("remove the property on all nodes, or write the same number on all of them"));
    }
}
