#![doc = include_str!("unknown_attribute.md")]

use cobnut_config::elements;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::placement::nearest;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unknown-attribute",
    severity: Severity::Error,
    summary: "an attribute is unknown or misspelt",
    page: include_str!("unknown_attribute.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for id in document.ids() {
        let element = document.element(id);
        if element.attributes.is_empty() {
            continue;
        }
        let Some(place) = elements::element(&document.path(id)) else { continue };
        let known: Vec<&str> = place.attributes().map(|attribute| attribute.info.name).collect();
        for attribute in &element.attributes {
            let written = attribute.name.value.as_str();
            if known.contains(&written) {
                continue;
            }
            let near = known
                .iter()
                .find(|known| known.eq_ignore_ascii_case(written))
                .copied()
                .or_else(|| nearest(written, &known));
            let message = format!("`<{}>` has no attribute `{}`", element.name, visible(written));
            let finding = RULE
                .at(node, attribute.name.span, message)
                .note("Hazelcast refuses the file; versions without schema validation ignore the attribute silently");
            let is_taken = |name: &str| element.attribute(name).is_some();
            found.push(match near.filter(|near| !is_taken(near)) {
                Some(near) => {
                    let edit = Edit::replace(node.config.sources.location(attribute.name.span), near);
                    finding.fix(Fix::suggestion(format!("write `{near}`"), edit))
                }
                None => finding.help("remove it"),
            });
        }
    }
}
