#![doc = include_str!("wrong_letter_case.md")]

use cobnut_config::elements;
use cobnut_diagnostics::{Diagnostic, Severity};

use super::rename::rename;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "wrong-letter-case",
    severity: Severity::Error,
    summary: "an element name has the wrong letter case",
    page: include_str!("wrong_letter_case.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for id in document.ids() {
        let element = document.element(id);
        let lower = element.lower_name();
        // A few names of 2.x have capitals in the schema, too.
        let known = elements::element(&document.path(id)).map(|known| known.info.name);
        if known.is_none_or(|known| known == element.name || known != lower) {
            continue;
        }
        let message = format!("`<{}>` has capital letters, `<{lower}>` has none", element.name);
        found.push(
            RULE.at(node, element.name_span, message)
                .note("Hazelcast's schema knows the name in small letters only and refuses the file; versions without schema validation accept it")
                .fix(rename(&node.config, id, &lower, cobnut_diagnostics::Safety::Safe)),
        );
    }
}
