#![doc = include_str!("duplicate_property.md")]

use std::collections::BTreeMap;

use cobnut_config::Spanned;
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "duplicate-property",
    severity: Severity::Warning,
    summary: "a property is set twice",
    page: include_str!("duplicate_property.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let mut last_seen: BTreeMap<&str, &Spanned<String>> = BTreeMap::new();
    for (name, value) in node.config.properties.iter() {
        let Some(before) = last_seen.insert(name.value.as_str(), value) else { continue };
        let shown = visible(&name.value);
        let finding = if before.value == value.value {
            RULE.at(node, name.span, format!("property `{shown}` is set twice, to the same value"))
                .note("it is harmless until only one of them is changed")
        } else {
            RULE.at(node, name.span, format!("property `{shown}` is set twice, to different values")).note(
                format!("Hazelcast takes the last one, `{}`, without any message", visible(&value.value)),
            )
        };
        let place = node.config.sources.location(before.span);
        found.push(finding.label(place, "set here before").help("keep one of them"));
    }
}
