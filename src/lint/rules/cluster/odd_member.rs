#![doc = include_str!("odd_member.md")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use cobnut_config::MemberEntry;
use cobnut_diagnostics::{Diagnostic, Location, Safety, Severity};

use crate::distance::distance;
use crate::entry::{Repair, fix};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "odd-member",
    severity: Severity::Warning,
    summary: "one node lists an address that differs in one character from that of the others",
    page: include_str!("odd_member.md"),
    check: Check::Cluster(check),
};

/// Where an address is listed: by how many nodes, and first where.
struct Listed {
    nodes: usize,
    first: Location,
    label: String,
}

/// Judged only when not every own address is known: otherwise it is clear which addresses are nodes.
fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let nodes: Vec<&Node> =
        cluster.nodes().iter().filter(|node| *node.config.network.join.tcp_ip.enabled).collect();
    let own: BTreeSet<IpAddr> =
        cluster.nodes().iter().filter_map(|node| node.own_address().map(|(own, _)| own)).collect();
    if nodes.len() < 2 || cluster.is_complete() && own.len() == cluster.nodes().len() {
        return;
    }
    let listed = listed(&nodes);
    for node in &nodes {
        // Addresses that all other nodes list, and this one does not.
        let here: BTreeSet<IpAddr> = addresses(node).map(|(_, address)| address).collect();
        let missing: Vec<(&IpAddr, &Listed)> = listed
            .iter()
            .filter(|(address, listed)| listed.nodes == nodes.len() - 1 && !here.contains(*address))
            .collect();
        if missing.is_empty() {
            continue;
        }
        for (entry, address) in addresses(node) {
            let is_odd =
                listed.get(&address).is_some_and(|listed| listed.nodes == 1) && !own.contains(&address);
            let near =
                |(meant, _): &&(&IpAddr, &Listed)| distance(&meant.to_string(), &address.to_string()) == 1;
            let mut near = missing.iter().filter(near);
            if let (true, Some((meant, place)), None) = (is_odd, near.next(), near.next()) {
                found.push(finding(node, entry, address, **meant, place));
            }
        }
    }
}

fn addresses(node: &Node) -> impl Iterator<Item = (&MemberEntry, IpAddr)> {
    let entries = node.entries().filter(|(entry, slip)| slip.is_none() && entry.outcome().is_dialled());
    entries.filter_map(|(entry, _)| Some((entry, entry.single_address()?)))
}

fn listed(nodes: &[&Node]) -> BTreeMap<IpAddr, Listed> {
    let mut listed: BTreeMap<IpAddr, Listed> = BTreeMap::new();
    for node in nodes {
        let mut seen = BTreeSet::new();
        for (entry, address) in addresses(node).filter(|(_, address)| seen.insert(*address)) {
            let first = || node.config.sources.location(entry.span);
            let known = listed.entry(address);
            let known =
                known.or_insert_with(|| Listed { nodes: 0, first: first(), label: node.label.clone() });
            known.nodes += 1;
        }
    }
    listed
}

fn finding(node: &Node, entry: &MemberEntry, address: IpAddr, meant: IpAddr, place: &Listed) -> Diagnostic {
    let message = format!("only {} lists {address}; all others list {meant} instead", node.label);
    let repair =
        Repair::whole(&entry.text, entry.text.replacen(&address.to_string(), &meant.to_string(), 1), false);
    RULE.at(node, entry.span, message)
        .label(place.first.clone(), format!("listed by {}", place.label))
        .note(format!(
            "{} never dials {meant}: whether the two form one cluster depends on who starts first, and nothing is logged",
            node.label
        ))
        .fix(fix(node, entry, &repair, Safety::Suggestion))
}
