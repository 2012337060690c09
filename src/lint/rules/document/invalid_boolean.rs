#![doc = include_str!("invalid_boolean.md")]

use cobnut_config::Spanned;
use cobnut_config::elements::ValueType;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span, visible};

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
        let Some(known) = node.places().known(id) else { continue };
        let element = document.element(id);
        if known.info.value == ValueType::Flag {
            let text = document.trimmed_text(id);
            // Blanks around a text are removed before it is read.
            if !is_boolean(&text.value) {
                let shown = format!("`<{}>` is `{}`, which", element.name, visible(&text.value));
                found.push(finding(node, &shown, &text, text.span));
            }
        }
        for attribute in &element.attributes {
            let is_flag = known
                .attributes()
                .find(|known| known.info.name.eq_ignore_ascii_case(&attribute.name.value))
                .is_some_and(|known| known.info.value == ValueType::Flag);
            if is_flag && !is_boolean(&attribute.value.value) {
                let shown = format!("`{}=\"{}\"`", attribute.name.value, visible(&attribute.value.value));
                let empty = attribute.value.span.is_empty();
                let place = if empty { attribute.span } else { attribute.value.span };
                found.push(finding(node, &shown, &attribute.value, place));
            }
        }
    }
}

fn is_boolean(text: &str) -> bool {
    matches!(text, "true" | "false")
}

/// What Hazelcast's two layers make of it: its schema, and the processor behind it that knows only `true`.
fn finding(node: &Node, shown: &str, written: &Spanned<String>, place: Span) -> Diagnostic {
    let text = &written.value;
    let trimmed = text.trim().to_lowercase();
    let found = RULE.at(node, place, format!("{shown} is neither true nor false"));
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
    if written.span.is_empty() || written.value.is_empty() || trimmed.contains("${") {
        return found.help("write `true` or `false`");
    }
    let edit = Edit::replace(node.config.sources.location(written.span), meant);
    let description = format!("write `{meant}`");
    found.fix(if is_certain { Fix::safe(description, edit) } else { Fix::suggestion(description, edit) })
}
