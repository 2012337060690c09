#![doc = include_str!("loopback_among_members.md")]

use std::net::{IpAddr, Ipv4Addr};

use cobnut_config::{Host, MemberEntry};
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "loopback-among-members",
    severity: Severity::Warning,
    summary: "the local host stands among members on other machines",
    page: include_str!("loopback_among_members.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let network = &node.config.network;
    let is_local = node.own_address().is_some_and(|(own, _)| own.is_loopback());
    if !*network.join.tcp_ip.enabled || is_local {
        return;
    }
    let entries = &network.join.tcp_ip.entries;
    let is_remote = |entry: &MemberEntry| match &entry.host {
        Host::Name(name) => !is_local_name(name),
        _ => entry.single_address().is_some_and(|address| !address.is_loopback()),
    };
    let Some(remote) = entries.iter().find(|entry| is_remote(entry)) else { return };
    // Without `<interfaces>` these two texts decide which address the node takes; no others do.
    let takes_it = |entry: &MemberEntry| match &entry.host {
        Host::Name(name) => name == "localhost",
        _ => entry.single_address() == Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    };
    let chosen_by_list = !*network.interfaces.enabled && node.config.properties.local_address().is_none();
    for entry in entries.iter().filter(|entry| entry.outcome().is_dialled()) {
        let text = visible(&entry.text);
        let place = node.config.sources.location(remote.span);
        if chosen_by_list && takes_it(entry) {
            found.push(
                RULE.at(node, entry.span, format!("`{text}` among the members makes this node unreachable"))
                    .label(place, "another machine")
                    .note(
                        "without `<interfaces>`, a node whose list names the local host takes 127.0.0.1 for its own address \
                         and tells the others so",
                    )
                    .help("write this machine's address as the others reach it, or enable `<interfaces>`"),
            );
        } else if is_loopback(entry) {
            found.push(
                RULE.at(node, entry.span, format!("`{text}` is this machine itself, on whichever machine the file stands"))
                    .label(place, "another machine")
                    .note("the entry leads to no other member; Debian gives a machine's own name the address 127.0.1.1")
                    .help("write the address at which the others reach the member that is meant, or remove the entry"),
            );
        }
    }
}

/// Names that every machine gives its loopback address.
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_lowercase();
    ["localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"]
        .contains(&name.as_str())
        || name.ends_with(".localhost")
}

fn is_loopback(entry: &MemberEntry) -> bool {
    match &entry.host {
        Host::Name(name) => is_local_name(name),
        _ => entry.single_address().is_some_and(|address| address.is_loopback()),
    }
}
