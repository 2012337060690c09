#![doc = include_str!("invalid_percentage.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::reading::maps;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "invalid-percentage",
    severity: Severity::Warning,
    summary: "a size in percent is not between 1 and 99",
    page: include_str!("invalid_percentage.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for map in maps(node) {
        let eviction = map.eviction();
        let Some(policy) = eviction.size_policy.filter(|policy| policy.value.ends_with("_PERCENTAGE")) else {
            continue;
        };
        let Some(size) = eviction.size.filter(|size| !(1..=99).contains(&size.value)) else { continue };
        let what = if size.value <= 0 {
            "never"
        } else if policy.value.starts_with("FREE") {
            "always"
        } else {
            "never"
        };
        found.push(
            RULE.at(node, size.span, format!("{} percent is no share of the memory", size.value))
                .label(node.config.sources.location(policy.span), "a percentage is meant here")
                .note(format!("the map {what} evicts"))
                .help("write a number between 1 and 99, or take PER_NODE for a number of entries"),
        );
    }
}
