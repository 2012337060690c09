#![doc = include_str!("unsupported_block.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unsupported-block",
    severity: Severity::Error,
    summary: "a block is enabled that the node cannot run without",
    page: include_str!("unsupported_block.md"),
    check: Check::File(check),
};

/// The server refuses to start for the same reason, with the same words.
fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    found.extend(
        cobnut_config::refusals(&node.config).into_iter().filter(|refusal| refusal.rule() == RULE.name),
    );
}
