#![doc = include_str!("swapped_size_policy.md")]

use cobnut_config::Spanned;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use super::SIZE_POLICIES;
use super::reading::maps;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "swapped-size-policy",
    severity: Severity::Error,
    summary: "a map has the size policy of a near cache, or the other way round",
    page: include_str!("swapped_size_policy.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for map in maps(node) {
        let policy = map.eviction().size_policy;
        if let Some(policy) = policy.filter(|policy| policy.value == "ENTRY_COUNT") {
            found.push(finding(node, &policy, "a map does not know", "PER_NODE"));
        }
        let policy = map.near_cache().and_then(|near_cache| near_cache.eviction().size_policy);
        let is_of_maps =
            |name: &str| SIZE_POLICIES.contains(&name) && name != "ENTRY_COUNT" && !name.contains("NATIVE");
        if let Some(policy) = policy.filter(|policy| is_of_maps(&policy.value)) {
            found.push(finding(node, &policy, "a near cache does not know", "ENTRY_COUNT"));
        }
    }
}

fn finding(node: &Node, policy: &Spanned<String>, what: &str, meant: &str) -> Diagnostic {
    let edit = Edit::replace(node.config.sources.location(policy.span), meant);
    RULE.at(node, policy.span, format!("{what} `{}`", policy.value))
        .note("Hazelcast refuses the configuration")
        .fix(Fix::suggestion(format!("write `{meant}`"), edit))
}
