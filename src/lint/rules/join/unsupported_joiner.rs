#![doc = include_str!("unsupported_joiner.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unsupported-joiner",
    severity: Severity::Error,
    summary: "a joiner is enabled that cobnut does not have",
    page: include_str!("unsupported_joiner.md"),
    check: Check::File(check),
};

/// The server refuses to start for the same reason, with the same words.
fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    found.extend(
        cobnut_config::refusals(&node.config).into_iter().filter(|refusal| refusal.rule() == RULE.name),
    );
}
