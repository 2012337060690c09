#![doc = include_str!("unknown_attribute.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use crate::distance::nearest;
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
        let Some(known) = node.places().known(id) else { continue };
        let element = document.element(id);
        for attribute in &element.attributes {
            let written = attribute.name.value.as_str();
            // Letter case alone is another rule's.
            if known.attributes().any(|known| known.info.name.eq_ignore_ascii_case(written)) {
                continue;
            }
            let message = format!("`<{}>` has no attribute `{}`", element.name, visible(written));
            let finding = RULE
                .at(node, attribute.name.span, message)
                .note("Hazelcast refuses the file; versions without schema validation ignore the attribute silently");
            let free = known.attributes().map(|known| known.info.name);
            let near = nearest(written, free.filter(|name| element.attribute(name).is_none()));
            found.push(match near {
                Some(near) => {
                    let edit = Edit::replace(node.config.sources.location(attribute.name.span), near);
                    finding.fix(Fix::suggestion(format!("write `{near}`"), edit))
                }
                None => finding.help("remove it"),
            });
        }
    }
}
