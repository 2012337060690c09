#![doc = include_str!("repeated_import.md")]

use cobnut_config::Spanned;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "repeated-import",
    severity: Severity::Error,
    summary: "a file is imported twice",
    page: include_str!("repeated_import.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let mut seen: Vec<Spanned<String>> = Vec::new();
    for id in document.at_path("hazelcast/import") {
        let Some(resource) = document.element(id).attribute("resource") else { continue };
        let resource = &resource.value;
        let Some(first) = seen.iter().find(|seen| seen.value == resource.value) else {
            seen.push(resource.clone());
            continue;
        };
        let text = visible(&resource.value);
        let delete = Edit::delete(node.config.sources.location(document.element(id).span));
        found.push(
            RULE.at(node, resource.span, format!("`{text}` is imported a second time"))
                .label(node.config.sources.location(first.span), "the first time")
                .note(format!("Hazelcast does not start: Resource '{text}' is already loaded! This can be due to duplicate or cyclic imports."))
                .fix(Fix::safe("remove the second `<import>`", delete)),
        );
    }
}
