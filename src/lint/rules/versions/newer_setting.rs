#![doc = include_str!("newer_setting.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::witness::{alike, and_more, because, consequence, strangers};
use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "newer-setting",
    severity: Severity::Error,
    summary: "an element or attribute is newer than the version that the file is for",
    page: include_str!("newer_setting.md"),
    check: Check::File(check),
};

/// What has a rule of its own.
const ELSEWHERE: &[&str] = &["<cluster-name>"];

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let generation = generation(cluster, node);
    for witness in strangers(node, generation) {
        let since = witness.versions.since;
        if !generation.is_before(since.major, since.minor) || ELSEWHERE.contains(&witness.name.as_str()) {
            continue;
        }
        let count = if witness.attribute.is_some() { 1 } else { alike(node, witness.element).len() };
        let kind = if witness.attribute.is_some() { "the attribute " } else { "" };
        let message = format!("{kind}`{}`{} exists since {since} only", witness.name, and_more(count));
        let finding = RULE.at(node, witness.span, message);
        found.push(
            consequence(generation, because(node, generation, witness.versions, finding))
                .help(format!("remove it, or run Hazelcast {since} or later on every node")),
        );
    }
}
