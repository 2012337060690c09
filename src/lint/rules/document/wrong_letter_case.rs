#![doc = include_str!("wrong_letter_case.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Safety, Severity};

use super::rename;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "wrong-letter-case",
    severity: Severity::Error,
    summary: "an element or attribute has the wrong letter case",
    page: include_str!("wrong_letter_case.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for id in document.ids() {
        let Some(known) = node.places().known(id) else { continue };
        let element = document.element(id);
        let name = known.info.name;
        if element.name != name {
            let message = format!("`<{}>` is written `<{name}>`", element.name);
            found.push(
                RULE.at(node, element.name_span, message)
                    .note("XML tells capital letters from small ones: Hazelcast refuses the file; versions without schema validation accept it")
                    .fix(rename(&node.config, id, name, Safety::Safe)),
            );
        }
        for attribute in &element.attributes {
            let written = attribute.name.value.as_str();
            let meant = known
                .attributes()
                .map(|known| known.info.name)
                .find(|name| name.eq_ignore_ascii_case(written));
            let Some(meant) = meant.filter(|&meant| meant != written && element.attribute(meant).is_none())
            else {
                continue;
            };
            let edit = Edit::replace(node.config.sources.location(attribute.name.span), meant);
            found.push(
                RULE.at(node, attribute.name.span, format!("the attribute `{written}` is written `{meant}`"))
                    .note("XML tells capital letters from small ones: Hazelcast refuses the file; versions without schema validation mostly ignore the attribute")
                    .fix(Fix::safe(format!("write `{meant}`"), edit)),
            );
        }
    }
}
