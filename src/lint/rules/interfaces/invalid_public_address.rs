#![doc = include_str!("invalid_public_address.md")]

use cobnut_config::{EntryPort, Host, MemberEntry, Spanned};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Safety, Severity, visible};

use crate::entry::slip;
use crate::placeholder::is_gap;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "invalid-public-address",
    severity: Severity::Error,
    summary: "the advertised address cannot be reached, or is none",
    page: include_str!("invalid_public_address.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let property = node.config.properties.value("hazelcast.local.publicAddress");
    let written = property.filter(|property| !property.value.is_empty()).or(node
        .config
        .network
        .public_address
        .as_ref());
    // Variables and gaps of templates have findings of their own.
    let is_value = |written: &&Spanned<String>| {
        let text = written.value.trim();
        !text.is_empty() && !text.contains(['$', '{', '%', '@']) && !is_gap(text)
    };
    if let Some(written) = written.filter(is_value) {
        found.extend(judge(node, written));
    }
}

fn judge(node: &Node, written: &Spanned<String>) -> Option<Diagnostic> {
    let text = written.value.trim();
    let entry = MemberEntry::from_text(text);
    let shown = visible(text);
    let is_loopback = match &entry.host {
        Host::Name(name) => name.eq_ignore_ascii_case("localhost"),
        _ => entry.single_address().is_some_and(|address| address.is_loopback()),
    };
    let is_remote = |entry: &MemberEntry| {
        entry.outcome().is_dialled() && entry.single_address().is_some_and(|address| !address.is_loopback())
    };
    if is_loopback {
        let remote = node.config.network.join.tcp_ip.entries.iter().find(|entry| is_remote(entry))?;
        return Some(
            RULE.at(
                node,
                written.span,
                format!("the others are told to reach this node at `{shown}`, which is themselves"),
            )
            .with_severity(Severity::Warning)
            .label(node.config.sources.location(remote.span), "another machine")
            .note("Hazelcast accepts the address and advertises it; no other member can connect")
            .help("write the address at which the other members reach this node"),
        );
    }
    let slip = slip(&entry, &node.config.network.port);
    let is_one = matches!(entry.host, Host::Ipv4(_) | Host::Ipv6(_) | Host::Name(_));
    if is_one && slip.is_none() && !matches!(entry.port, EntryPort::NotANumber(_) | EntryPort::OutOfRange(_))
    {
        return None;
    }
    let finding =
        RULE.at(node, written.span, format!("`{shown}` is no address that others could reach this node at"));
    let finding = if entry.outcome().is_dialled() {
        finding.with_severity(Severity::Warning).note(
            "Hazelcast advertises something else than it looks like, or an address at which nobody answers",
        )
    } else {
        finding.note("Hazelcast resolves it once, when it starts: a text that is no address keeps the node from starting")
    };
    let repairs: Vec<_> = slip
        .iter()
        .filter(|slip| !slip.only_known)
        .flat_map(|slip| &slip.repairs)
        .filter(|repair| MemberEntry::from_text(&repair.text).outcome().is_dialled())
        .collect();
    Some(match repairs.as_slice() {
        [repair] => {
            let edit = Edit::replace(node.config.sources.location(written.span), repair.text.as_str());
            let safety = if repair.certain { Safety::Safe } else { Safety::Suggestion };
            finding.fix(Fix { description: format!("write `{}`", repair.text), safety, edits: vec![edit] })
        }
        _ => finding
            .help("write one address or host name, with `:` and a port if it differs from this node's own"),
    })
}
