#![doc = include_str!("missing_attribute.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "missing-attribute",
    severity: Severity::Error,
    summary: "an attribute is missing that Hazelcast demands",
    page: include_str!("missing_attribute.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for id in document.ids() {
        let Some(known) = node.places().known(id) else { continue };
        let element = document.element(id);
        let missing = known
            .attributes()
            .filter(|attribute| attribute.info.required)
            .find(|attribute| element.attribute_ignoring_case(attribute.info.name).is_none());
        let Some(missing) = missing else { continue };
        // An attribute that is there under a misspelt name has a finding of its own.
        let is_misspelt =
            element.attributes.iter().any(|attribute| known.attribute(&attribute.name.value).is_none());
        if is_misspelt || generation(cluster, node).lacks(missing.versions) {
            continue;
        }
        let name = missing.info.name;
        let place = Span::new(element.span.start, element.name_span.end);
        found.push(
            RULE.at(node, place, format!("`<{}>` lacks the attribute `{name}`", element.name))
                .note("Hazelcast refuses the file without saying where; Openfire then runs on without a cluster")
                .help(format!("add `{name}=\"…\"`")),
        );
    }
}
