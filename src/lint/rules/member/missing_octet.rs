#![doc = include_str!("missing_octet.md")]

use std::net::IpAddr;

use cobnut_config::{Host, MemberEntry};
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::report;
use crate::entry::{Repair, Slip, SlipKind};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "missing-octet",
    severity: Severity::Error,
    summary: "a member address has fewer than four numbers",
    page: include_str!("missing_octet.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (entry, slip) in node.slipped(SlipKind::MissingOctet) {
        let message = format!("member `{}` has fewer than four numbers", visible(&entry.text));
        let slip = Slip { repairs: readings(cluster, node, entry), only_known: true, ..slip.clone() };
        found.push(report(&RULE, cluster, node, entry, &slip, message, ""));
    }
}

/// Addresses of the files that begin like the entry and are not in its list yet.
fn readings(cluster: &Cluster, node: &Node, entry: &MemberEntry) -> Vec<Repair> {
    let numbers: Vec<&str> = entry.text.split(['.', ':', ',']).collect();
    let mut repairs: Vec<Repair> = Vec::new();
    // `192.168.5:1`: the port may be the missing number behind a wrong separator.
    if numbers.len() == 4 {
        repairs.push(Repair::whole(&entry.text, numbers.join("."), false));
    }
    let has_port = numbers.len() > 3 || entry.text.contains(':');
    let (octets, port) = match numbers.split_last() {
        Some((port, octets)) if has_port => (octets, format!(":{port}")),
        _ => (numbers.as_slice(), String::new()),
    };
    // A single number names no network.
    if octets.len() < 2 && !matches!(entry.host, Host::Unresolvable(_)) {
        return repairs;
    }
    let prefix = format!("{}.", octets.join("."));
    let is_listed =
        |address: IpAddr| node.config.network.join.tcp_ip.entries.iter().any(|other| other.reaches(address));
    for known in cluster.known_addresses(node) {
        let address = known.address.to_string();
        if address.starts_with(&prefix) && !is_listed(known.address) {
            let repair = Repair::whole(&entry.text, format!("{address}{port}"), false);
            if !repairs.iter().any(|other| other.text == repair.text) {
                repairs.push(repair);
            }
        }
    }
    repairs
}
