#![doc = include_str!("map_mismatch.md")]

use std::collections::BTreeMap;

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::rules::maps::reading::{Map, maps};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "map-mismatch",
    severity: Severity::Warning,
    summary: "two nodes configure the same map differently",
    page: include_str!("map_mismatch.md"),
    check: Check::Cluster(check),
};

/// Settings of a map that each node applies by itself, and their built-in values.
const SETTINGS: [(&str, &str); 6] = [
    ("backup-count", "1"),
    ("async-backup-count", "0"),
    ("time-to-live-seconds", "0"),
    ("max-idle-seconds", "0"),
    ("in-memory-format", "BINARY"),
    ("merge-policy", "PutIfAbsentMergePolicy"),
];

/// The settings of one map, built-in values filled in, those of eviction last.
type Settings = Vec<(&'static str, String)>;

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    // A node whose maps stand in another file is not compared.
    let mut nodes =
        cluster.nodes().iter().map(|node| (node, by_name(node))).filter(|(_, maps)| !maps.is_empty());
    let Some((first, expected)) = nodes.next() else { return };
    for (node, here) in nodes {
        for (name, (map, settings)) in &here {
            let Some((usual, usually)) = expected.get(name) else { continue };
            let differing: Vec<String> = settings
                .iter()
                .zip(usually)
                .filter(|((_, here), (_, there))| here != there)
                .map(|((setting, here), (_, there))| format!("`{setting}` {here} instead of {there}"))
                .collect();
            if !differing.is_empty() {
                found.push(finding(node, *map, first, *usual, &differing));
            }
        }
    }
}

fn finding(node: &Node, map: Map<'_>, first: &Node, usual: Map<'_>, differing: &[String]) -> Diagnostic {
    let message = format!("{} of {} differs from that of {}", map.label(), node.label, first.label);
    RULE.at(node, map.span(), message)
        .label(first.config.sources.location(usual.span()), format!("in {}", first.label))
        .note(format!("{} has {}", node.label, differing.join(", ")))
        .note(
            "each node applies its own file: the same entry lives, is copied and is thrown away differently",
        )
        .help("write the same entry on all nodes")
}

fn by_name(node: &Node) -> BTreeMap<&str, (Map<'_>, Settings)> {
    let maps = maps(node).filter_map(|map| Some((map.name()?.value.as_str(), (map, settings(map)))));
    maps.collect()
}

fn settings(map: Map<'_>) -> Settings {
    let eviction = map.eviction_text();
    let written = SETTINGS.iter().map(|&(name, built_in)| {
        let text = map.text(name).map_or_else(|| built_in.to_owned(), |text| text.value);
        // A policy may be written with its package.
        (name, text.rsplit('.').next().unwrap_or_default().to_owned())
    });
    written.chain([("eviction", eviction)]).collect()
}
