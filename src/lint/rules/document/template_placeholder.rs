#![doc = include_str!("template_placeholder.md")]

use cobnut_config::ElementId;
use cobnut_config::elements::Effect;
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::placeholder::Kind;
use super::stand_in::{finding, stand_ins};
use crate::values::{Use, Value};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "template-placeholder",
    severity: Severity::Warning,
    summary: "a gap of a template was not filled in",
    page: include_str!("template_placeholder.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (value, placeholder) in stand_ins(node) {
        let is_judged = placeholder.kind == Kind::Gap && value.usage() != Use::Secret;
        if !is_judged || !matters(node, &value) || is_switched_off(node, value.element) {
            continue;
        }
        let message = format!("{} still holds the template's `{}`", value.name(), visible(value.text.trim()));
        let help = match value.usage() {
            Use::Member => "write the address of the other node, or remove the entry",
            Use::Interface => "write an address of this machine, such as 192.168.5.1",
            _ => "write the value",
        };
        found.push(finding(&RULE, cluster, node, (&value, &placeholder), (message, None)).help(help));
    }
}

/// Names of classes and of properties that nobody reads are samples that do no harm.
fn matters(node: &Node, value: &Value<'_>) -> bool {
    let effect = node.places().known(value.element).map(|known| known.effect);
    let is_name = value.attribute == Some("name");
    value.usage() != Use::Other || effect == Some(Effect::Obeyed) && !is_name
}

/// Whether an element around it has `enabled="false"`: samples may stay in what is not used.
fn is_switched_off(node: &Node, id: ElementId) -> bool {
    let document = &node.config.document;
    std::iter::successors(Some(id), |&id| document.element(id).parent).any(|id| {
        document.element(id).attribute("enabled").is_some_and(|enabled| enabled.value.value == "false")
    })
}
