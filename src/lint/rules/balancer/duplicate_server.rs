#![doc = include_str!("duplicate_server.md")]

use std::collections::BTreeMap;

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Balancer, Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "duplicate-server",
    severity: Severity::Warning,
    summary: "a load balancer names the same server twice",
    page: include_str!("duplicate_server.md"),
    check: Check::Balancer(check),
};

fn check(_cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    for pool in balancer.setup.client_pools() {
        let mut seen: BTreeMap<(&str, Option<u16>), Span> = BTreeMap::new();
        for server in pool.servers.iter().filter(|server| !server.is_off) {
            let Some(first) = seen.get(&(server.host.as_str(), server.port)) else {
                seen.insert((&server.host, server.port), server.span);
                continue;
            };
            found.push(
                RULE.found(balancer.at(server.span), format!("`{}` has this server twice", pool.name))
                    .label(balancer.at(*first), "first here")
                    .note("the node gets twice its share, and another node was probably meant")
                    .help("write the address of the other node, or remove the line"),
            );
        }
    }
}
