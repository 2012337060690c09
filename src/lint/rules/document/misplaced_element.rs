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
    for element in &node.config.unused {
        let Placement::Elsewhere { parents } = placement(&element.path) else { continue };
        let name = element.name();
        // Imports have a rule of their own.
        if name == "import" {
            continue;
        }
        let parent = element.path.rsplit('/').nth(1).unwrap_or("hazelcast");
        let places: Vec<String> = parents.iter().map(|parent| format!("`<{parent}>`")).collect();
        found.push(
            RULE.at(node, element.name_span, format!("`<{name}>` has no effect inside `<{parent}>`"))
                .note("Hazelcast refuses the file; versions without schema validation ignore the element silently")
                .help(format!("move it into {}", places.join(" or "))),
        );
    }
}
