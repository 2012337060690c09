#![doc = include_str!("missing_namespace.md")]

use cobnut_config::Form;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span};

use super::NAMESPACE;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "missing-namespace",
    severity: Severity::Warning,
    summary: "the root element has no namespace",
    page: include_str!("missing_namespace.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let (Form::Document, Some(&root)) = (document.form(), document.roots().first()) else { return };
    let root = document.element(root);
    if root.namespace.is_some() {
        return;
    }
    let insert = Edit::replace(
        node.config.sources.location(Span::at(root.name_span.end)),
        format!(" xmlns=\"{NAMESPACE}\""),
    );
    found.push(
        RULE.at(node, root.name_span, "`<hazelcast>` has no namespace")
            .note("Hazelcast refuses the file: cvc-elt.1.a: Cannot find the declaration of element 'hazelcast'; cobnut reads it as it is")
            .fix(Fix::safe("add the namespace", insert)),
    );
}
