#![doc = include_str!("no_usable_member.md")]

use std::net::{IpAddr, Ipv4Addr};

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "no-usable-member",
    severity: Severity::Warning,
    summary: "the enabled member list leads to nobody",
    page: include_str!("no_usable_member.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let tcp_ip = &node.config.network.join.tcp_ip;
    let Some(span) = tcp_ip.enabled.span.filter(|_| *tcp_ip.enabled) else { return };
    // Entries with a slip have findings of their own, which say more.
    if node.entries().any(|(entry, slip)| slip.is_some() && !entry.outcome().is_dialled()) {
        return;
    }
    let own = node.own_address().map(|(own, _)| own);
    let own_port = *node.config.network.port.number;
    // Without `<interfaces>` a node whose list names 127.0.0.1 takes that.
    let takes_loopback = own.is_none() && !*node.config.network.interfaces.enabled;
    let is_own = |address: Option<IpAddr>| match address {
        Some(address) if takes_loopback => address == IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(_) => address == own,
        None => false,
    };
    let targets = node.config.dial_targets();
    if targets.iter().any(|target| !is_own(target.address())) {
        return;
    }
    // On the own machine the next ports may belong to other instances.
    if targets.iter().any(|target| target.ports.iter().any(|&port| port != own_port)) {
        found.push(
            RULE.at(node, span, "`<tcp-ip>` is enabled and lists no member on another machine")
                .with_severity(Severity::Info)
                .note("this node finds only other instances on its own address, on the next ports"),
        );
        return;
    }
    let message = if tcp_ip.entries.is_empty() {
        "`<tcp-ip>` is enabled and lists no member"
    } else if tcp_ip.entries.iter().any(|entry| entry.outcome().is_dialled()) {
        "`<tcp-ip>` is enabled and lists no member but this node itself"
    } else {
        "`<tcp-ip>` is enabled and none of its members can be dialled"
    };
    found.push(
        RULE.at(node, span, message)
            .note("this node finds nobody; a cluster forms only if others find it")
            .help("list the addresses of all members"),
    );
}
