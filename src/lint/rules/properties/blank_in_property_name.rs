#![doc = include_str!("blank_in_property_name.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::known;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "blank-in-property-name",
    severity: Severity::Warning,
    summary: "blanks around a property name make it another name",
    page: include_str!("blank_in_property_name.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (name, _) in node.config.properties.iter() {
        let trimmed = name.value.trim();
        if trimmed == name.value || !known::is_read(trimmed) {
            continue;
        }
        let edit = Edit::replace(node.config.sources.location(name.span), trimmed);
        found.push(
            RULE.at(node, name.span, format!("blanks stand around the property name `{}`", visible(trimmed)))
                .note("Hazelcast does not trim names: it takes this for a property that it does not know, without any message")
                .fix(Fix::safe("remove the blanks", edit)),
        );
    }
}
