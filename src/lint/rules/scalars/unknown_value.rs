#![doc = include_str!("unknown_value.md")]

use cobnut_config::elements::ValueType;
use cobnut_config::{ElementId, Spanned};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use crate::distance::nearest;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unknown-value",
    severity: Severity::Error,
    summary: "a setting has a word that Hazelcast does not know",
    page: include_str!("unknown_value.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for id in document.ids() {
        let Some(known) = node.places().known(id) else { continue };
        let element = document.element(id);
        if let ValueType::OneOf(words) = known.info.value
            && !is_in_map(node, id)
        {
            found.extend(judge(node, &format!("<{}>", element.name), &document.trimmed_text(id), words));
        }
        for attribute in &element.attributes {
            let row = known.attribute(&attribute.name.value);
            if let Some(ValueType::OneOf(words)) = row.map(|row| row.info.value)
                && !is_in_map(node, id)
            {
                found.extend(judge(node, &attribute.name.value, &attribute.value, words));
            }
        }
    }
}

/// Maps have a rule of their own.
fn is_in_map(node: &Node, id: ElementId) -> bool {
    let document = &node.config.document;
    std::iter::successors(Some(id), |&id| document.element(id).parent)
        .any(|id| matches!(document.element(id).lower_name().as_str(), "map" | "replicatedmap"))
}

fn judge(node: &Node, name: &str, text: &Spanned<String>, words: &[&'static str]) -> Option<Diagnostic> {
    let value = text.value.trim();
    if words.contains(&value) {
        return None;
    }
    let message = if value.is_empty() {
        format!("`{name}` is empty")
    } else {
        format!("`{}` is no value of `{name}`", visible(value))
    };
    let finding = RULE
        .at(node, text.span, message)
        .note("Hazelcast refuses the file without saying where; Openfire then runs on without a cluster");
    let place = node.config.sources.location(text.span);
    let same = words.iter().find(|word| word.eq_ignore_ascii_case(value));
    let near = nearest(value, words.iter().copied());
    Some(match (same, near) {
        (Some(meant), _) => finding.fix(Fix::safe(format!("write `{meant}`"), Edit::replace(place, *meant))),
        (None, Some(meant)) => {
            finding.fix(Fix::suggestion(format!("write `{meant}`"), Edit::replace(place, meant)))
        }
        (None, None) => finding.help(format!("write one of {}", words.join(", "))),
    })
}
