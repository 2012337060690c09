#![doc = include_str!("required_member_beside_members.md")]

use cobnut_config::EntryElement;
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "required-member-beside-members",
    severity: Severity::Warning,
    summary: "with a required member, the other members are not joined",
    page: include_str!("required_member_beside_members.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let tcp_ip = &node.config.network.join.tcp_ip;
    let Some(required) = tcp_ip.required_member().filter(|_| *tcp_ip.enabled) else { return };
    let own = node.own_address().map(|(own, _)| own);
    let is_other = |entry: &&cobnut_config::MemberEntry| {
        entry.element != EntryElement::RequiredMember
            && entry.text != required.text
            && (entry.single_address().is_none() || entry.single_address() != own)
            && entry.single_address() != required.single_address().or(own)
    };
    let Some(other) = tcp_ip.entries.iter().find(is_other) else { return };
    let text = visible(&required.text);
    found.push(
        RULE.at(node, required.span, format!("this node joins through `{text}` alone, not through the other members"))
            .label(node.config.sources.location(other.span), "not dialled to join")
            .note(format!(
                "while `{text}` is down, a node that starts waits up to 300 s and stops, even when all others are up"
            ))
            .help("remove `<required-member>` and list all members, unless this is what you want"),
    );
}
