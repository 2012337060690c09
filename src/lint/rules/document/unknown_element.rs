#![doc = include_str!("unknown_element.md")]

use cobnut_config::Syntax;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::placement::{Placement, near_attribute, placement};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unknown-element",
    severity: Severity::Error,
    summary: "an element name is misspelt",
    page: include_str!("unknown_element.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for element in &node.config.unused {
        let near = match placement(&element.path) {
            Placement::Unknown { near: Some(near) } => near,
            Placement::Unknown { near: None } if node.config.document.syntax() == Syntax::Yaml => {
                let Some(near) = near_attribute(&element.path) else { continue };
                near
            }
            _ => continue,
        };
        let name = visible(element.name());
        found.push(
            RULE.at(node, element.name_span, format!("`<{name}>` is unknown; `<{near}>` may be meant"))
                .note("Hazelcast refuses the file; versions without schema validation ignore the element silently")
                .fix(rename(node, element, near)),
        );
    }
}

/// Start tag and end tag together.
fn rename(node: &Node, element: &cobnut_config::UnusedElement, near: &str) -> Fix {
    let source = &node.config.sources;
    let mut edits = vec![Edit::replace(source.location(element.name_span), near)];
    let written = source.slice(element.name_span);
    let text = source.slice(element.span);
    if let Some(at) =
        text.rfind("</").filter(|&at| text.get(at + 2..).is_some_and(|tail| tail.starts_with(written)))
    {
        let start = element.span.start + at + 2;
        edits.push(Edit::replace(source.location((start..start + written.len()).into()), near));
    }
    Fix {
        description: format!("rename it to `<{near}>`"),
        safety: cobnut_diagnostics::Safety::Suggestion,
        edits,
    }
}
