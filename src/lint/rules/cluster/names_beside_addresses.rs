#![doc = include_str!("names_beside_addresses.md")]

use cobnut_config::{Host, MemberEntry};
use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "names-beside-addresses",
    severity: Severity::Info,
    summary: "one node lists host names, another addresses",
    page: include_str!("names_beside_addresses.md"),
    check: Check::Cluster(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let names = |entry: &&MemberEntry| matches!(entry.host, Host::Name(_));
    let all = |node: &&Node, is: &dyn Fn(&&MemberEntry) -> bool| {
        let tcp_ip = &node.config.network.join.tcp_ip;
        *tcp_ip.enabled && tcp_ip.members().next().is_some() && tcp_ip.members().all(|entry| is(&entry))
    };
    let by_name = cluster.nodes().iter().find(|node| all(node, &names));
    let by_address = cluster.nodes().iter().find(|node| all(node, &|entry| entry.single_address().is_some()));
    let (Some(by_name), Some(by_address)) = (by_name, by_address) else { return };
    let place = |node: &Node| {
        node.config.network.join.tcp_ip.members().next().map(|entry| entry.span).unwrap_or_default()
    };
    let message = format!("{} lists host names, {} addresses", by_name.label, by_address.label);
    found.push(
        RULE.at(by_name, place(by_name), message)
            .label(
                by_address.config.sources.location(place(by_address)),
                format!("listed by {}", by_address.label),
            )
            .note(
                "whether they are the same machines only the name server knows, at the moment the node joins",
            )
            .help("write the same list on all nodes"),
    );
}
