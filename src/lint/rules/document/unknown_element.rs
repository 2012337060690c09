#![doc = include_str!("unknown_element.md")]

use cobnut_diagnostics::{Diagnostic, Safety, Severity, visible};

use super::placement::{Placement, placement};
use super::rename;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unknown-element",
    severity: Severity::Error,
    summary: "an element name is misspelt or unknown",
    page: include_str!("unknown_element.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for id in document.ids() {
        let Placement::Unknown { near } = placement(node, id) else { continue };
        let element = document.element(id);
        let name = visible(&element.name);
        let parent = element.parent.map_or("hazelcast", |parent| document.element(parent).name.as_str());
        let message = match near {
            Some(near) => format!("`<{name}>` is unknown; `<{near}>` may be meant"),
            None => format!("no version of Hazelcast knows `<{name}>` inside `<{parent}>`"),
        };
        let finding = RULE.at(node, element.name_span, message).note(
            "Hazelcast refuses the file; versions without schema validation ignore the element silently",
        );
        found.push(match near {
            Some(near) => finding.fix(rename(&node.config, id, near, Safety::Suggestion)),
            None => finding.help("remove it, or look its name up in an example of your version"),
        });
    }
}
