#![doc = include_str!("blank_in_property_name.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::known;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "blank-in-property-name",
    severity: Severity::Warning,
    summary: "a blank stands before a property name",
    page: include_str!("blank_in_property_name.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (name, _) in node.config.properties.iter() {
        let written = node.config.sources.slice(name.span);
        if !written.starts_with([' ', '\t', '\n', '\r']) || !known::is_read(&name.value) {
            continue;
        }
        let edit = Edit::replace(node.config.sources.location(name.span), name.value.as_str());
        found.push(
            RULE.at(node, name.span, format!("a blank stands before the property name `{}`", visible(&name.value)))
                .note("Hazelcast 3.12 refuses the file for it: is not facet-valid with respect to pattern; later versions remove it")
                .versions("up to 3.12")
                .fix(Fix::safe("remove the blanks", edit)),
        );
    }
}
