#![doc = include_str!("stale_near_cache.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use super::reading::maps;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "stale-near-cache",
    severity: Severity::Warning,
    summary: "a near cache keeps what has changed elsewhere",
    page: include_str!("stale_near_cache.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for map in maps(node) {
        let Some(near_cache) = map.near_cache() else { continue };
        let Some(flag) = near_cache.text("invalidate-on-change").filter(|flag| flag.value == "false") else {
            continue;
        };
        let life = near_cache.number("time-to-live-seconds").filter(|life| life.value > 0);
        let finding =
            RULE.at(node, flag.span, format!("the near cache of {} keeps what has changed", map.label()));
        let finding = match life {
            Some(life) => finding.note(format!("a node goes on with the old entry for up to {} s", *life)),
            None => finding.note("a node goes on with the old entry until it is evicted"),
        };
        let edit = Edit::replace(node.config.sources.location(flag.span), "true");
        found.push(finding.fix(Fix::suggestion("write `true`", edit)));
    }
}
