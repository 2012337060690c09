#![doc = include_str!("interface_as_member.md")]

use cobnut_config::EntryElement;
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "interface-as-member",
    severity: Severity::Info,
    summary: "an `<interface>` in `<tcp-ip>` is a member",
    page: include_str!("interface_as_member.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for entry in &node.config.network.join.tcp_ip.entries {
        if entry.element == EntryElement::Interface {
            let text = visible(&entry.text);
            found.push(
                RULE.at(node, entry.span, format!("`{text}` stands in an `<interface>`, which is a member here"))
                    .note("in `<tcp-ip>` it is an old name of `<member>`; it does not choose this node's own address")
                    .help("write `<member>`, or move it to `<interfaces enabled=\"true\">` below `<network>`"),
            );
        }
    }
}
