#![doc = include_str!("invalid_boolean.md")]

use cobnut_config::Attribute;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "invalid-boolean",
    severity: Severity::Error,
    summary: "a boolean is something else than true or false",
    page: include_str!("invalid_boolean.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for id in document.ids() {
        for attribute in &document.element(id).attributes {
            let is_boolean =
                matches!(attribute.name.value.as_str(), "enabled" | "auto-increment" | "loopbackModeEnabled");
            if is_boolean && !matches!(attribute.value.value.as_str(), "true" | "false") {
                found.push(finding(node, attribute));
            }
        }
    }
}

/// What Hazelcast's two layers make of it: its schema, and the processor behind it that knows only `true`.
fn finding(node: &Node, attribute: &Attribute) -> Diagnostic {
    let (name, text) = (&attribute.name.value, &attribute.value.value);
    let trimmed = text.trim().to_lowercase();
    let span = if attribute.value.span.is_empty() { attribute.span } else { attribute.value.span };
    let found = RULE.at(node, span, format!("`{name}=\"{}\"` is neither true nor false", visible(text)));
    let (found, meant) = match trimmed.as_str() {
        "1" | "0" => (
            found.note("Hazelcast accepts it and reads it as false"),
            if trimmed == "1" { "true" } else { "false" },
        ),
        "true" | "false" if *text != trimmed && text.trim() == trimmed => {
            let note =
                "Hazelcast accepts the blanks, and in some places reads the value as false because of them";
            (found.note(note), if trimmed == "true" { "true" } else { "false" })
        }
        "true" | "yes" | "on" => (found.note("Hazelcast refuses the file without saying where"), "true"),
        _ => (found.note("Hazelcast refuses the file without saying where"), "false"),
    };
    let is_certain = matches!(trimmed.as_str(), "true" | "false");
    if attribute.value.span.is_empty() || trimmed.contains("${") {
        return found.help("write `true` or `false`");
    }
    let edit = Edit::replace(node.config.sources.location(attribute.value.span), meant);
    let description = format!("write `{meant}`");
    found.fix(if is_certain { Fix::safe(description, edit) } else { Fix::suggestion(description, edit) })
}
