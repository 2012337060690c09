#![doc = include_str!("wrong_namespace.md")]

use cobnut_config::Form;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::NAMESPACE;
use crate::tag::written_attributes;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "wrong-namespace",
    severity: Severity::Error,
    summary: "the root element has another namespace than Hazelcast's",
    page: include_str!("wrong_namespace.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let (Form::Document, Some(&id)) = (document.form(), document.roots().first()) else { return };
    let root = document.element(id);
    let Some(namespace) = root.namespace.as_deref().filter(|&namespace| namespace != NAMESPACE) else {
        return;
    };
    let declared = written_attributes(document, id).into_iter().find(|attribute| attribute.name == "xmlns");
    let place = declared.map_or(root.name_span, |attribute| attribute.value.span);
    let finding = RULE
        .at(node, place, format!("`{}` is not the namespace of Hazelcast's member files", visible(namespace)))
        .note("Hazelcast compares it letter by letter and refuses the file: cvc-elt.1.a: Cannot find the declaration of element 'hazelcast'");
    let finding = match reason(namespace) {
        Some(reason) => finding.note(reason),
        None => finding,
    };
    let description = format!("write `{NAMESPACE}`");
    let edit = Edit::replace(node.config.sources.location(place), NAMESPACE);
    found.push(finding.fix(if is_same_place(namespace) {
        Fix::safe(description, edit)
    } else {
        Fix::suggestion(description, edit)
    }));
}

fn reason(namespace: &str) -> Option<&'static str> {
    if namespace.starts_with("https://") && is_same_place(namespace) {
        return Some(
            "a namespace is a name and not an address to fetch from, so `https` makes it another one",
        );
    }
    match namespace.rsplit('/').next()? {
        "client-config" => Some("it is the namespace of client configurations"),
        "basic" => Some("it is the namespace of Hazelcast 1.x"),
        "spring" => Some("it is the namespace of Spring configurations"),
        _ => None,
    }
}

/// The same but for what people change in an address without thinking.
fn is_same_place(namespace: &str) -> bool {
    let plain = |text: &str| {
        let text = text.trim().trim_end_matches('/').to_lowercase();
        let text = text.strip_prefix("https://").or(text.strip_prefix("http://")).unwrap_or(&text).to_owned();
        text.strip_prefix("www.").unwrap_or(&text).to_owned()
    };
    plain(namespace) == plain(NAMESPACE)
}
