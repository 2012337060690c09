#![doc = include_str!("misplaced_element.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::placement::{Placement, placement};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "misplaced-element",
    severity: Severity::Error,
    summary: "a known element stands in the wrong place",
    page: include_str!("misplaced_element.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for id in document.ids() {
        let Placement::Elsewhere { parents } = placement(node, id) else { continue };
        let element = document.element(id);
        let name = &element.name;
        // Imports have a rule of their own.
        if name == "import" {
            continue;
        }
        let parent = element.parent.map_or("hazelcast", |parent| document.element(parent).name.as_str());
        let places: Vec<String> = parents.iter().map(|parent| format!("`<{parent}>`")).collect();
        found.push(
            RULE.at(node, element.name_span, format!("`<{name}>` has no effect inside `<{parent}>`"))
                .note("Hazelcast refuses the file; versions without schema validation ignore the element silently")
                .help(format!("move it into {}", places.join(" or "))),
        );
    }
}
