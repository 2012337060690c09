#![doc = include_str!("nested_import.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "nested-import",
    severity: Severity::Error,
    summary: "an import stands inside another element than the root",
    page: include_str!("nested_import.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for id in document.ids() {
        let element = document.element(id);
        if element.name != "import" || document.path(id) == "hazelcast/import" {
            continue;
        }
        let parent = element.parent.map_or("hazelcast", |parent| document.element(parent).name.as_str());
        found.push(
            RULE.at(node, element.name_span, format!("`<import>` inside `<{parent}>` imports nothing"))
                .note("Hazelcast does not start: <import> element can appear only in the top level of the XML")
                .help("move it directly below `<hazelcast>`; the imported file then has to bring the elements around its settings itself"),
        );
    }
}
