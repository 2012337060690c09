#![doc = include_str!("unknown_map_value.md")]

use cobnut_config::Spanned;
use cobnut_config::elements::{self, ValueType};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::SIZE_POLICIES;
use crate::distance::nearest;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unknown-map-value",
    severity: Severity::Error,
    summary: "a map setting has a word that Hazelcast does not know",
    page: include_str!("unknown_map_value.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for structure in ["hazelcast/map", "hazelcast/replicatedmap"] {
        let mut open: Vec<_> = document.at_path(structure).collect();
        while let Some(id) = open.pop() {
            let element = document.element(id);
            open.extend(&element.children);
            let Some(known) = elements::element(&document.path(id)) else { continue };
            if let ValueType::OneOf(words) = known.info.value {
                found.extend(judge(node, &element.name, &document.trimmed_text(id), words));
            }
            for attribute in &element.attributes {
                let known = known.attribute(&attribute.name.value).map(|known| known.info.value);
                if let Some(ValueType::OneOf(words)) = known {
                    found.extend(judge(node, &attribute.name.value, &attribute.value, words));
                }
            }
        }
    }
}

fn judge(node: &Node, name: &str, text: &Spanned<String>, words: &[&'static str]) -> Option<Diagnostic> {
    let value = text.value.trim();
    // The two policies that belong elsewhere have a finding of their own.
    let is_elsewhere = SIZE_POLICIES.contains(&value);
    if value.is_empty() || value.contains("${") || words.contains(&value) || is_elsewhere {
        return None;
    }
    let message = format!("`{}` is no value of `{name}`", visible(value));
    let finding = RULE
        .at(node, text.span, message)
        .note("Hazelcast refuses the file; Openfire then runs on without a cluster");
    let upper = value.to_uppercase();
    let same = words.iter().find(|word| **word == upper);
    let place = node.config.sources.location(text.span);
    Some(match (same, nearest(value, words.iter().copied())) {
        (Some(meant), _) => finding.fix(Fix::safe(format!("write `{meant}`"), Edit::replace(place, *meant))),
        (None, Some(meant)) => {
            finding.fix(Fix::suggestion(format!("write `{meant}`"), Edit::replace(place, meant)))
        }
        (None, None) => finding.help(format!("write one of {}", words.join(", "))),
    })
}
