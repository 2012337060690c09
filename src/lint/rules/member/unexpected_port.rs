#![doc = include_str!("unexpected_port.md")]

use std::net::IpAddr;

use cobnut_config::{Host, MemberEntry, Port};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Location, Severity, Span, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unexpected-port",
    severity: Severity::Warning,
    summary: "a member is listed with another port than its own file names",
    page: include_str!("unexpected_port.md"),
    check: Check::File(check),
};

/// The port on which a member is to be expected, and what says so.
struct Expected {
    port: u16,
    place: Option<Location>,
    reason: String,
}

/// A list may name several ports of one host, for a node that went on to the next one; the first must be among them.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let entries = &node.config.network.join.tcp_ip.entries;
    for entry in entries.iter().filter(|entry| entry.outcome().is_dialled()) {
        let Some(port) = entry.written_port() else { continue };
        let known = entry.single_address().and_then(|address| from_its_file(cluster, address, port));
        let Some(expected) = known.or_else(|| from_lists(cluster, node, entry)) else { continue };
        let has_it = |other: &MemberEntry| {
            is_same_host(other, entry) && other.written_port().is_none_or(|port| port == expected.port)
        };
        let is_listed_well = entries.iter().any(has_it);
        // A drift goes a few ports up, not anywhere.
        if expected.port != port && (!is_listed_well || !may_drift(&node.config.network.port, port)) {
            found.push(finding(node, entry, port, &expected, is_listed_well));
        }
    }
}

/// Whether a node that starts at this port may end up on that one.
fn may_drift(own: &Port, port: u16) -> bool {
    let first = u32::from(*own.number);
    let count = if *own.auto_increment { *own.port_count } else { 1 };
    *own.number > 0 && (first..first + count).contains(&u32::from(port))
}

fn is_same_host(one: &MemberEntry, other: &MemberEntry) -> bool {
    match (&one.host, &other.host) {
        (Host::Name(one), Host::Name(other)) => one.eq_ignore_ascii_case(other),
        _ => other.single_address().is_some_and(|address| one.reaches(address)),
    }
}

/// What the member's own file says. Ports that it can never have are findings of another rule.
fn from_its_file(cluster: &Cluster, address: IpAddr, port: u16) -> Option<Expected> {
    let mut there =
        cluster.nodes().iter().filter(|node| node.own_address().is_some_and(|(own, _)| own == address));
    // With two nodes on one address the ports tell them apart.
    let (member, None) = (there.next()?, there.next()) else { return None };
    let own = &member.config.network.port;
    let first = *own.number;
    if !may_drift(own, port) {
        return None;
    }
    Some(Expected {
        port: first,
        place: own.number.span.map(|span| member.config.sources.location(span)),
        reason: format!("the port of {}", member.label),
    })
}

/// What all other lists say that name the host, if nobody's file claims it and this node stands alone with its port.
fn from_lists(cluster: &Cluster, node: &Node, entry: &MemberEntry) -> Option<Expected> {
    let address = entry.single_address();
    let claims = |node: &Node| node.own_address().is_some_and(|(own, _)| Some(own) == address);
    if cluster.nodes().iter().any(claims) {
        return None;
    }
    let mut expected: Option<Expected> = None;
    for peer in cluster.peers(node) {
        let listed = peer.config.network.join.tcp_ip.entries.iter();
        for other in listed.filter(|other| is_same_host(other, entry)) {
            let port = other.written_port()?;
            let is_other = expected.as_ref().is_some_and(|expected| expected.port != port);
            if is_other || port != *node.config.network.port.number {
                return None;
            }
            expected = Some(Expected {
                port,
                place: Some(peer.config.sources.location(other.span)),
                reason: format!("listed by {}", peer.label),
            });
        }
    }
    expected
}

fn finding(
    node: &Node,
    entry: &MemberEntry,
    port: u16,
    expected: &Expected,
    is_listed_well: bool,
) -> Diagnostic {
    let message =
        format!("member `{}` is dialled on {port}, but expected on {}", visible(&entry.text), expected.port);
    let mut found = RULE.at(node, entry.span, message);
    match &expected.place {
        Some(place) => found = found.label(place.clone(), expected.reason.as_str()),
        None => found = found.note(format!("{} is {}", expected.port, expected.reason)),
    }
    found = found.note(format!(
        "the connection fails unless that node has gone on to {port} because {} was taken when it started",
        expected.port
    ));
    if is_listed_well {
        return found.help("another entry lists that member already: correct this one, or remove it");
    }
    let written = port.to_string();
    let exact = node.config.sources.slice(entry.span) == entry.text && entry.text.ends_with(&written);
    if !exact {
        return found.help(format!("write the port {}", expected.port));
    }
    let place = Span::new(entry.span.end - written.len(), entry.span.end);
    let edit = Edit::replace(node.config.sources.location(place), expected.port.to_string());
    found.fix(Fix::suggestion(format!("write the port {}", expected.port), edit))
}
