#![doc = include_str!("node_without_server.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{all_addresses, near_node};
use crate::balancer::{Pool, Server};
use crate::{Balancer, Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "node-without-server",
    severity: Severity::Warning,
    summary: "a load balancer sends clients to some nodes, but not to this one",
    page: include_str!("node_without_server.md"),
    check: Check::Balancer(check),
};

fn check(cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    let Some(nodes) = all_addresses(cluster) else { return };
    for pool in balancer.setup.client_pools() {
        // A host name may stand for any node.
        let servers: Option<Vec<IpAddr>> = pool.servers.iter().map(Server::address).collect();
        let Some(servers) = servers else { continue };
        let knows_some = nodes.iter().any(|(_, own)| servers.contains(own));
        // A server that is one slip away from the node is that node's, mistyped: a finding of its own.
        let is_mistyped = |own: &IpAddr| {
            pool.servers
                .iter()
                .any(|server| near_node(&nodes, pool, server).is_some_and(|(_, near)| near == *own))
        };
        for (node, own) in nodes.iter().filter(|(_, own)| knows_some && !servers.contains(own)) {
            if !is_mistyped(own) {
                found.push(finding(balancer, pool, node, *own));
            }
        }
    }
}

fn finding(balancer: &Balancer, pool: &Pool, node: &Node, own: IpAddr) -> Diagnostic {
    let message = format!("`{}` has no server for {}, the address of {}", pool.name, own, node.label);
    let finding = RULE.found(balancer.at(pool.span), message);
    let finding = match node.own_address() {
        Some((_, span)) => {
            finding.label(node.config.sources.location(span), format!("the address of {}", node.label))
        }
        None => finding,
    };
    let port = pool.servers.iter().find_map(|server| server.port).unwrap_or(crate::balancer::STARTTLS_PORT);
    finding
        .note("no client comes to that node through the balancer; when the others fail, it serves nobody")
        .help(format!("add a server with {own} and port {port}, or check this file without that node"))
}
