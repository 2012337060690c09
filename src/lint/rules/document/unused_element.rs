#![doc = include_str!("unused_element.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::placement::{Placement, placement};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unused-element",
    severity: Severity::Info,
    summary: "an element is accepted, but not used yet",
    page: include_str!("unused_element.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for element in &node.config.unused {
        let is_known =
            matches!(placement(&element.path), Placement::Right | Placement::Unknown { near: None });
        // Enabled blocks that matter to safety are reported as unsupported instead.
        let is_reported = cobnut_config::refusals(&node.config)
            .iter()
            .any(|refusal| element.enabled.is_some_and(|enabled| enabled.span == refusal.span()));
        if is_known && !is_reported {
            let name = element.name();
            found.push(
                RULE.at(node, element.name_span, format!("`<{name}>` is accepted, but not used yet"))
                    .note("cobnut runs as if it were not there"),
            );
        }
    }
}
