#![doc = include_str!("unknown_member.md")]

use std::collections::BTreeSet;
use std::net::IpAddr;

use cobnut_config::MemberEntry;
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::public_address;
use crate::distance::distance;
use crate::entry::{Repair, fix};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unknown-member",
    severity: Severity::Warning,
    summary: "a member is the address of no node",
    page: include_str!("unknown_member.md"),
    check: Check::Cluster(check),
};

/// Judged only when every node's own address is known: otherwise the entry may be one of those.
fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let own: Option<Vec<IpAddr>> =
        cluster.nodes().iter().map(|node| node.own_address().map(|(own, _)| own)).collect();
    let Some(mut own) = own.filter(|_| cluster.is_complete()) else { return };
    // Of two equal addresses one is wrong, and the right one is not known.
    if own.iter().collect::<BTreeSet<_>>().len() < own.len() {
        return;
    }
    own.extend(cluster.nodes().iter().filter_map(|node| public_address(node).map(|(public, _)| public)));
    for node in cluster.nodes() {
        for (entry, slip) in node.entries() {
            let Some(address) = entry.single_address() else { continue };
            if slip.is_none() && entry.outcome().is_dialled() && !own.contains(&address) {
                found.push(finding(cluster, node, entry, address));
            }
        }
    }
}

fn finding(cluster: &Cluster, node: &Node, entry: &MemberEntry, address: IpAddr) -> Diagnostic {
    let message = format!("member `{}` is the address of none of these nodes", visible(&entry.text));
    let finding = RULE.at(node, entry.span, message).note("it is dialled in vain each time the node joins");
    let written = address.to_string();
    let near: Vec<(&Node, IpAddr)> = cluster
        .nodes()
        .iter()
        .filter_map(|other| other.own_address().map(|(own, _)| (other, own)))
        .filter(|(_, own)| distance(&own.to_string(), &written) == 1 && !is_listed(node, *own))
        .collect();
    let [(meant, own)] = near.as_slice() else {
        return finding.help("remove it, correct it, or check that node's file together with these");
    };
    let finding = match meant.own_address() {
        Some((_, span)) => finding.label(
            meant.config.sources.location(span),
            format!("the address of {}, which {} does not list", meant.label, node.label),
        ),
        None => finding,
    };
    let text = entry.text.replacen(&written, &own.to_string(), 1);
    let repair = Repair::whole(&entry.text, text, false);
    finding.fix(fix(node, entry, &repair, cobnut_diagnostics::Safety::Suggestion))
}

fn is_listed(node: &Node, address: IpAddr) -> bool {
    node.config.network.join.tcp_ip.entries.iter().any(|entry| entry.reaches(address))
}
