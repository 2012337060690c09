#![doc = include_str!("mixed_versions.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::witness::{REFUSED, span_of};
use crate::generation::{Basis, Witness, generation};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "mixed-versions",
    severity: Severity::Error,
    summary: "no Hazelcast version knows all elements of the file",
    page: include_str!("mixed_versions.md"),
    check: Check::File(check),
};

/// Only where the elements contradict each other and neither side has more of them: otherwise the few are the mistake, and
/// are found as such.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let generation = generation(cluster, node);
    if generation.basis == Basis::Target {
        return;
    }
    let disputed: Vec<&Witness> = generation.witnesses.iter().collect();
    let clash = disputed.iter().enumerate().find_map(|(index, one)| {
        let other = disputed.iter().skip(index + 1).find(|other| {
            let overlaps =
                one.versions.since <= other.versions.until && other.versions.since <= one.versions.until;
            !overlaps && !generation.lacks(one.versions) && !generation.lacks(other.versions)
        });
        other.map(|other| (*one, *other))
    });
    let Some((one, other)) = clash else { return };
    let message = format!(
        "`{}` is known {}, but `{}` {}: no Hazelcast version knows both",
        other.name,
        span_of(other.versions),
        one.name,
        span_of(one.versions)
    );
    found.push(
        RULE.at(node, other.span, message)
            .here(span_of(other.versions))
            .label(node.config.sources.location(one.span), span_of(one.versions))
            .note(REFUSED)
            .help("write the file for the version that all nodes run; with `--target` the linter shows what to change"),
    );
}
