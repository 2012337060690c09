#![doc = include_str!("unknown_member.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unknown-member",
    severity: Severity::Warning,
    summary: "a member is the address of no node",
    page: include_str!("unknown_member.md"),
    check: Check::Cluster(check),
};

/// Judged only when every node's own address is known: otherwise the entry may be one of those.
fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let own: Option<Vec<_>> =
        cluster.nodes().iter().map(|node| node.own_address().map(|(own, _)| own)).collect();
    let Some(own) = own.filter(|_| cluster.is_complete()) else { return };
    // Of two equal addresses one is wrong, and the right one is not known.
    if own.iter().collect::<std::collections::BTreeSet<_>>().len() < own.len() {
        return;
    }
    for node in cluster.nodes() {
        for (entry, slip) in node.entries() {
            let Some(address) = entry.single_address() else { continue };
            if slip.is_none() && entry.outcome().is_dialled() && !own.contains(&address) {
                let message =
                    format!("member `{}` is the address of none of these nodes", visible(&entry.text));
                found.push(
                    RULE.at(node, entry.span, message)
                        .note("it is dialled in vain each time the node joins")
                        .help("remove it, correct it, or check that node's file together with these"),
                );
            }
        }
    }
}
