#![doc = include_str!("policy_without_size.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::reading::maps;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "policy-without-size",
    severity: Severity::Info,
    summary: "a map has an eviction policy, but no size limit",
    page: include_str!("policy_without_size.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for map in maps(node) {
        let eviction = map.eviction();
        let is_unlimited = eviction.size.as_ref().is_none_or(|size| size.value == 0);
        let Some(policy) = eviction.policy.as_ref().filter(|_| eviction.is_on() && is_unlimited) else {
            continue;
        };
        found.push(
            RULE.at(node, policy.span, format!("{} would evict, but has no size limit", map.label()))
                .note("the policy never acts: the map is not limited")
                .help("add a size, for example 10000, or drop the policy"),
        );
    }
}
