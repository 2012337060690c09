#![doc = include_str!("ignored_setting.md")]

use cobnut_diagnostics::{Diagnostic, Fix, Safety, Severity};

use super::witness::{alike, and_more, without};
use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "ignored-setting",
    severity: Severity::Info,
    summary: "an element is accepted by Hazelcast and has no effect any more",
    page: include_str!("ignored_setting.md"),
    check: Check::File(check),
};

/// Elements of maps that 3.7 made idle and 4.0 removed.
const IDLE: &[&str] = &["hazelcast/map/eviction-percentage", "hazelcast/map/min-eviction-check-millis"];

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for path in IDLE {
        let Some(first) = document.at_path(path).next() else { continue };
        let generation = generation(cluster, node);
        if !generation.is_from(3, 7) || !generation.is_before(4, 0) {
            continue;
        }
        let alike = alike(node, first);
        let element = document.element(first);
        let message = format!("`<{}>`{} has no effect since 3.7", element.name, and_more(alike.len()));
        found.push(
            RULE.at(node, element.name_span, message)
                .note(
                    "Hazelcast up to 3.12 accepts it and does nothing with it; 4.0 and later refuse the file",
                )
                .fix(Fix {
                    description: "remove it".to_owned(),
                    safety: Safety::Suggestion,
                    edits: alike.iter().map(|&id| without(node, id)).collect(),
                }),
        );
    }
}
