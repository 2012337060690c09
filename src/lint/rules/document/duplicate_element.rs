#![doc = include_str!("duplicate_element.md")]

use std::collections::BTreeMap;

use cobnut_config::ElementId;
use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "duplicate-element",
    severity: Severity::Error,
    summary: "an element that may stand once stands twice",
    page: include_str!("duplicate_element.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let mut first_seen: BTreeMap<(Option<ElementId>, &'static str), ElementId> = BTreeMap::new();
    for id in document.ids() {
        let Some(known) = node.places().known(id).filter(|known| !known.info.repeats) else { continue };
        let element = document.element(id);
        // What stands once in each of two repeated parents is their repetition, not its own.
        let key = (element.parent, known.info.name);
        let Some(&first) = first_seen.get(&key) else {
            first_seen.insert(key, id);
            continue;
        };
        // The cluster's name in two files has a rule of its own.
        let file = |id: ElementId| node.config.sources.location(document.element(id).name_span);
        let names_cluster = matches!(known.info.name, "cluster-name" | "group");
        if names_cluster && file(first).source() != file(id).source() {
            continue;
        }
        let first = node.config.sources.location(document.element(first).name_span);
        found.push(
            RULE.at(node, element.name_span, format!("a second `<{}>`", element.name))
                .label(first, "the first one")
                .note("Hazelcast refuses the file; versions without schema validation add this one's settings to the first")
                .help("keep one of them"),
        );
    }
}
