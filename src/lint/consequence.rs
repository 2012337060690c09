//! What an entry means for the cluster, for each order in which the nodes may start.

use std::net::IpAddr;

use cobnut_config::{EntryElement, EntryPort, MemberEntry, Outcome};
use cobnut_diagnostics::{Diagnostic, visible};

use crate::{Cluster, Node};

/// Adds what Hazelcast does with an entry, and what follows when `meant` was to be dialled.
pub(crate) fn of_entry(
    cluster: &Cluster,
    node: &Node,
    entry: &MemberEntry,
    meant: Option<IpAddr>,
    found: Diagnostic,
) -> Diagnostic {
    let text = visible(&entry.text);
    if entry.element == EntryElement::RequiredMember
        && let Some(effect) = of_required(entry)
    {
        return found.note(effect).note("Openfire then runs on without a cluster");
    }
    let fact = match entry.outcome() {
        Outcome::Dialled => return found,
        Outcome::DialledElsewhere(address) => {
            format!(
                "Java fills the missing numbers with zeros: Hazelcast dials {address}, without any message"
            )
        }
        Outcome::Loopback => {
            return found.note(
                "Hazelcast takes an empty entry for the local host; without `<interfaces>` the node then advertises \
                 127.0.0.1, where nobody can reach it",
            );
        }
        Outcome::Nothing => "Hazelcast makes no address of it and says nothing".to_owned(),
        Outcome::NeverConnects => "nobody can listen on port 0: the connection fails each time".to_owned(),
        Outcome::Skipped => format!(
            "Hazelcast takes `{text}` for a host name, warns \"Cannot resolve hostname '{text}'\", skips the entry and \
             starts without it"
        ),
        Outcome::Stops => return found.note(stops(entry)),
    };
    not_dialled(cluster, node, meant, found.note(fact))
}

/// A node joins through its required member alone, so a dead one is worse than a dead entry of a list.
fn of_required(entry: &MemberEntry) -> Option<String> {
    match entry.outcome() {
        Outcome::Dialled | Outcome::Loopback | Outcome::Stops => None,
        Outcome::Skipped | Outcome::Nothing => Some(
            "a node joins through its required member alone; Hazelcast makes no address of this one and stops: Invalid target \
             address"
                .to_owned(),
        ),
        Outcome::NeverConnects => Some(
            "a node joins through its required member alone: it waits for this one up to 300 s and stops".to_owned(),
        ),
        Outcome::DialledElsewhere(address) => Some(format!(
            "a node joins through its required member alone; Java fills the missing numbers with zeros: it waits for {address} \
             up to 300 s and stops"
        )),
    }
}

fn stops(entry: &MemberEntry) -> String {
    let reason = match &entry.port {
        EntryPort::OutOfRange(number) => format!("stops when it joins: port out of range:{number}"),
        EntryPort::NotANumber(text) => {
            format!("does not start: NumberFormatException: For input string: \"{}\"", visible(text))
        }
        _ => "does not start".to_owned(),
    };
    format!("Hazelcast {reason}; Openfire then runs on without a cluster")
}

/// Adds what follows in each start order when `node` does not dial `meant`.
pub(crate) fn not_dialled(
    cluster: &Cluster,
    node: &Node,
    meant: Option<IpAddr>,
    found: Diagnostic,
) -> Diagnostic {
    let tcp_ip = &node.config.network.join.tcp_ip;
    if !*tcp_ip.enabled {
        return found.note("`<tcp-ip>` is not enabled, so the entry has no effect at the moment");
    }
    let own = node.own_address().map(|(own, _)| own);
    if meant.is_some() && meant == own {
        return found.note(
            "it is the node's own address, which it does not dial; files copied from this one will need it",
        );
    }
    if let Some(address) = meant.filter(|&address| tcp_ip.entries.iter().any(|entry| entry.reaches(address)))
    {
        return found.note(format!("another entry names {address}, so this one is merely useless"));
    }
    let this = if cluster.nodes().len() > 1 { node.label.as_str() } else { "this node" };
    let peer = meant.map_or_else(|| "the member that was meant".to_owned(), |address| address.to_string());
    let heals = node.config.properties.merge_first_run_delay().as_secs();
    let dials_back = meant.zip(own).and_then(|(meant, own)| {
        let other = cluster.peers(node).find(|peer| peer.own_address().is_some_and(|(ip, _)| ip == meant))?;
        Some(other.config.network.join.tcp_ip.entries.iter().any(|entry| entry.reaches(own)))
    });
    let first = match dials_back {
        Some(true) => format!("if {this} starts first: harmless, {peer} lists {this} and dials it"),
        Some(false) => {
            format!("if {this} starts first: two clusters, for {peer} does not list {this} either")
        }
        None => format!("if {this} starts first: harmless, as long as {peer} lists {this} and dials it"),
    };
    // With a third node, the way to the others may lead over that one.
    let unless = if cluster.nodes().len() > 2 { ", unless another member of its list is up," } else { "" };
    found.note(first).note(format!(
        "if {peer} starts first, or {this} restarts alone: {this} never dials {peer} and{unless} becomes a cluster of its own, \
         silently; Hazelcast heals such a split after {heals} s at the earliest"
    ))
}
