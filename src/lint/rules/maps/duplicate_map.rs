#![doc = include_str!("duplicate_map.md")]

use std::collections::BTreeMap;

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use super::reading::maps;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "duplicate-map",
    severity: Severity::Warning,
    summary: "a map has two entries",
    page: include_str!("duplicate_map.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for map in maps(node) {
        let Some(name) = map.name() else { continue };
        let Some(first) = seen.get(name.value.as_str()) else {
            seen.insert(&name.value, name.span);
            continue;
        };
        found.push(
            RULE.at(node, name.span, format!("{} has an entry already", map.label()))
                .label(node.config.sources.location(*first), "the first one")
                .note("up to 3.12 this one replaces the first, from 4.0 on its settings are added to those of the first")
                .help("put all settings of the map into one entry"),
        );
    }
}
