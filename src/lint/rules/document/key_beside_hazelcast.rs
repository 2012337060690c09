#![doc = include_str!("key_beside_hazelcast.md")]

use cobnut_config::elements;
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "key-beside-hazelcast",
    severity: Severity::Warning,
    summary: "a key of a YAML file stands beside `hazelcast`",
    page: include_str!("key_beside_hazelcast.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for key in node.config.document.beside_root() {
        let name = visible(&key.value);
        let message = format!("`{name}` stands beside `hazelcast`, not below it");
        let finding = RULE
            .at(node, key.span, message)
            .note("Hazelcast passes over it without a message; so does cobnut");
        let is_known = elements::children(elements::ROOT).any(|child| child.info.name == key.value);
        found.push(finding.help(if is_known {
            format!("indent `{name}` and what belongs to it by two blanks more")
        } else {
            "remove it, or keep it in a file of its own".to_owned()
        }));
    }
}
