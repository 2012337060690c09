#![doc = include_str!("invalid_map_pattern.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::reading::maps;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "invalid-map-pattern",
    severity: Severity::Warning,
    summary: "a map name is a pattern that fits nothing",
    page: include_str!("invalid_map_pattern.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for map in maps(node) {
        let Some(name) = map.name() else { continue };
        let stars = name.value.matches('*').count();
        let what = if stars > 1 {
            format!("`{}` has {stars} stars, and only one is a wildcard", name.value)
        } else if name.value.contains('?') {
            format!("`?` in `{}` is no wildcard", name.value)
        } else {
            continue;
        };
        found.push(
            RULE.at(node, name.span, what)
                .note("the entry fits no map, so its settings have no effect; newer versions refuse it")
                .help("use a single `*`, or one entry for each name"),
        );
    }
}
