#![doc = include_str!("member_not_listed.md")]

use std::net::IpAddr;

use cobnut_config::EntryElement;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span};

use super::{public_address, reaches};
use crate::entry::{Choice, choose};
use crate::{Check, Cluster, Node, Rule, consequence};

pub(crate) static RULE: Rule = Rule {
    name: "member-not-listed",
    severity: Severity::Error,
    summary: "the address of a node is not among the members of another",
    page: include_str!("member_not_listed.md"),
    check: Check::Cluster(check),
};

/// So many of the nodes that lack an entry are named in a finding.
const SHOWN_MAX: usize = 3;

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    for listed in cluster.nodes() {
        let Some((address, span)) = listed.own_address() else { continue };
        // The others list the address that it advertises.
        if public_address(listed).is_some() {
            continue;
        }
        let lacking = cluster.nodes().iter().filter(|lister| {
            let tcp_ip = &lister.config.network.join.tcp_ip;
            // Who requires a member is told all others by that one.
            *tcp_ip.enabled && tcp_ip.required_member().is_none() && !reaches(lister, address)
        });
        let is_plain =
            |lister: &&Node| !std::ptr::eq(listed, *lister) && meant_for(cluster, lister, address).is_none();
        let (plain, special): (Vec<&Node>, Vec<&Node>) = lacking.partition(is_plain);
        if let [_, _, ..] = plain.as_slice() {
            found.push(of_several(listed, &plain, address, span));
        } else {
            found.extend(plain.iter().map(|lister| finding(cluster, listed, lister, address, span)));
        }
        found.extend(special.iter().map(|lister| finding(cluster, listed, lister, address, span)));
    }
}

/// A node that several do not list is one mistake: it was added later, and the old files were left as they were.
fn of_several(listed: &Node, listers: &[&Node], address: IpAddr, span: Span) -> Diagnostic {
    let shown = listers.get(..SHOWN_MAX).unwrap_or(listers);
    let mut names = shown.iter().map(|lister| lister.label.as_str()).collect::<Vec<_>>().join(", ");
    if listers.len() > shown.len() {
        names = format!("{names} and {} more", listers.len() - shown.len());
    }
    let message = format!("{address}, the address of {}, is not among the members of {names}", listed.label);
    let mut finding = RULE.at(listed, span, message);
    for lister in shown {
        if let Some(enabled) = lister.config.network.join.tcp_ip.enabled.span {
            let place = lister.config.sources.location(enabled);
            finding = finding.label(place, format!("missing from the list of {}", lister.label));
        }
    }
    finding
        .note(format!(
            "a node looks only for those that it lists: if one of these starts while {address} is up and nobody of its list, \
             it never dials {address} and becomes a cluster of its own, silently"
        ))
        .help(format!("add `<member>{address}</member>` to the `<tcp-ip>` of every node"))
}

fn finding(cluster: &Cluster, listed: &Node, lister: &Node, address: IpAddr, span: Span) -> Diagnostic {
    let is_self = std::ptr::eq(listed, lister);
    let message = if is_self {
        format!("{address}, the address of {}, is not among its own members", listed.label)
    } else {
        format!("{address}, the address of {}, is not among the members of {}", listed.label, lister.label)
    };
    let finding = RULE.at(listed, span, message);
    if let Some(entry) = meant_for(cluster, lister, address) {
        let place = lister.config.sources.location(entry);
        let text = "this entry was probably meant for it; see the finding there";
        return finding.label(place, text).note("every node's address belongs in every node's list");
    }
    let tcp_ip = &lister.config.network.join.tcp_ip;
    let place = tcp_ip.enabled.span.map(|span| lister.config.sources.location(span));
    let finding = match place {
        Some(place) => finding.label(place, format!("missing from the list of {}", lister.label)),
        None => finding,
    };
    let finding = match added_member(lister, address) {
        Some(edit) => {
            finding.fix(Fix::suggestion(format!("add it to the `<tcp-ip>` of {}", lister.label), edit))
        }
        None => {
            finding.help(format!("add `<member>{address}</member>` to the `<tcp-ip>` of {}", lister.label))
        }
    };
    if is_self {
        let note = "the node starts all the same, but files copied from this one will lack it";
        return finding.with_severity(Severity::Warning).note(note);
    }
    consequence::not_dialled(cluster, lister, Some(address), finding)
}

/// A `<member>` behind the last one, on a line of its own with the same indentation and, if that one has it, a port.
fn added_member(lister: &Node, address: IpAddr) -> Option<Edit> {
    let source = &lister.config.sources;
    let last = lister
        .config
        .network
        .join
        .tcp_ip
        .entries
        .iter()
        .rfind(|entry| entry.element != EntryElement::RequiredMember && !entry.shares_element)?;
    let tag = match last.element {
        EntryElement::Interface => "interface",
        EntryElement::Members => "members",
        EntryElement::Member | EntryElement::MemberList | EntryElement::RequiredMember => "member",
    };
    let element = source.location(last.element_span);
    let before = element.source().text().get(..element.span().start)?;
    let line = before.rsplit('\n').next().unwrap_or_default();
    let indent = if line.trim().is_empty() { format!("\n{line}") } else { String::new() };
    // An IPv6 address carries a port only in brackets.
    let member = match (address, last.written_port()) {
        (IpAddr::V4(_), Some(_)) => format!("{address}:{}", *lister.config.network.port.number),
        (IpAddr::V6(_), Some(_)) => format!("[{address}]:{}", *lister.config.network.port.number),
        (_, None) => address.to_string(),
    };
    let place = source.location(Span::at(last.element_span.end));
    Some(Edit::replace(place, format!("{indent}<{tag}>{member}</{tag}>")))
}

/// The entry with a slip whose only sensible reading is the address.
fn meant_for(cluster: &Cluster, lister: &Node, address: IpAddr) -> Option<Span> {
    lister.entries().find_map(|(entry, slip)| {
        let slip = slip?;
        match choose(cluster, lister, &slip.repairs, slip.only_known) {
            Choice::One(repair, ..) if repair.address() == Some(address) => Some(entry.span),
            _ => None,
        }
    })
}
