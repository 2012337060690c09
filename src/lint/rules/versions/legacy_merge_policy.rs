#![doc = include_str!("legacy_merge_policy.md")]

use cobnut_config::elements::{Version, Versions};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Safety, Severity, visible};

use super::witness::because;
use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "legacy-merge-policy",
    severity: Severity::Error,
    summary: "a merge policy is a class of Hazelcast 3 in a file for a later one",
    page: include_str!("legacy_merge_policy.md"),
    check: Check::File(check),
};

/// Packages that 4.0 removed.
const PACKAGES: &[&str] =
    &["com.hazelcast.map.merge.", "com.hazelcast.replicatedmap.merge.", "com.hazelcast.cache.merge."];
/// The names of 2.x, and what they became.
const NAMES_OF_2: &[(&str, &str)] = &[
    ("hz.ADD_NEW_ENTRY", "PutIfAbsentMergePolicy"),
    ("hz.HIGHER_HITS", "HigherHitsMergePolicy"),
    ("hz.LATEST_UPDATE", "LatestUpdateMergePolicy"),
    ("hz.NO_MERGE", "DiscardMergePolicy"),
    ("hz.PASS_THROUGH", "PassThroughMergePolicy"),
];

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let generation = generation(cluster, node);
    if !generation.is_from(4, 0) {
        return;
    }
    let mut old = Vec::new();
    for id in document.ids().filter(|&id| document.element(id).lower_name() == "merge-policy") {
        let text = document.trimmed_text(id);
        if let Some(new) = successor(&text.value) {
            old.push((text, new));
        }
    }
    let Some((first, new)) = old.first() else { return };
    let more = match old.len() {
        1 => String::new(),
        count => format!(" and {} more like it", count - 1),
    };
    let message = format!("the merge policy `{}`{more} does not exist since 4.0", visible(&first.value));
    let known = Versions { since: Version::OLDEST, until: Version::new(3, 12) };
    let edits =
        old.iter().map(|(text, new)| Edit::replace(node.config.sources.location(text.span), new.as_str()));
    let description =
        if old.len() == 1 { format!("write `{new}`") } else { "write the names of today".to_owned() };
    found.push(
        because(node, generation, known, RULE.at(node, first.span, message))
            .note("Hazelcast starts, and fails with \"Invalid SplitBrainMergePolicy\" when the map is first used")
            .fix(Fix { description, safety: Safety::Safe, edits: edits.collect() }),
    );
}

fn successor(text: &str) -> Option<String> {
    if let Some((_, new)) = NAMES_OF_2.iter().find(|(old, _)| *old == text) {
        return Some((*new).to_owned());
    }
    let class = PACKAGES.iter().find_map(|package| text.strip_prefix(package))?;
    // Only the class that passes everything through had the later spelling already.
    let name = class.strip_suffix("MergePolicy")?;
    let name = name.strip_suffix("Map").or(name.strip_suffix("Cache")).unwrap_or(name);
    Some(format!("com.hazelcast.spi.merge.{name}MergePolicy"))
}
