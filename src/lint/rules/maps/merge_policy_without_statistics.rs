#![doc = include_str!("merge_policy_without_statistics.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use super::reading::{Map, maps};
use crate::generation::target;
use crate::{Check, Cluster, Node, Rule, Target, insertion};

pub(crate) static RULE: Rule = Rule {
    name: "merge-policy-without-statistics",
    severity: Severity::Error,
    summary: "a merge policy compares what the map does not count",
    page: include_str!("merge_policy_without_statistics.md"),
    check: Check::File(check),
};

/// Policies that look at the figures of an entry.
const NEEDY: [&str; 3] = ["HigherHits", "LatestUpdate", "LatestAccess"];

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let is_true = |text: Option<cobnut_config::Spanned<String>>| text.map(|text| text.value == "true");
    for map in maps(node) {
        let Some(policy) = map.text("merge-policy") else { continue };
        let name = policy.value.rsplit('.').next().unwrap_or_default();
        if !NEEDY.iter().any(|needy| name.starts_with(needy)) {
            continue;
        }
        let per_entry = is_true(map.text("per-entry-stats-enabled"));
        let statistics = is_true(map.text("statistics-enabled"));
        let lacking = match target(cluster, node) {
            Target::V5_3 | Target::V5_5 if per_entry != Some(true) => "per-entry-stats-enabled",
            Target::V3_12 | Target::V4_2 if statistics == Some(false) => "statistics-enabled",
            _ => continue,
        };
        let message = format!("`{name}` needs `<{lacking}>`, which {} does not have", map.label());
        found.push(
            RULE.at(node, policy.span, message)
                .note("Hazelcast throws an InvalidConfigurationException when the map is first used")
                .fix(Fix::suggestion(
                    format!("add `<{lacking}>true</{lacking}>`"),
                    switch_on(node, map, lacking),
                )),
        );
    }
}

/// The edit that makes a flag true.
fn switch_on(node: &Node, map: Map<'_>, flag: &str) -> Edit {
    if let Some(child) = map.child(flag) {
        let text = map.document.trimmed_text(child);
        return Edit::replace(node.config.sources.location(text.span), "true");
    }
    let element = map.child("merge-policy").unwrap_or(map.id);
    insertion::before(node, map.document.element(element).span, &format!("<{flag}>true</{flag}>"))
}
