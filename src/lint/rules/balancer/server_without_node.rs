#![doc = include_str!("server_without_node.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use super::{all_addresses, near_node};
use crate::balancer::{Pool, Server};
use crate::{Balancer, Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "server-without-node",
    severity: Severity::Warning,
    summary: "a load balancer sends clients to an address that is no node's",
    page: include_str!("server_without_node.md"),
    check: Check::Balancer(check),
};

fn check(cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    let Some(nodes) = all_addresses(cluster) else { return };
    for pool in balancer.setup.client_pools() {
        let is_node = |server: &Server| nodes.iter().any(|(_, own)| server.address() == Some(*own));
        // Nodes may have further addresses: without one that is known here, nothing can be said.
        if !pool.servers.iter().any(is_node) {
            continue;
        }
        for server in pool.servers.iter().filter(|server| !server.is_off && !is_node(server)) {
            if let Some(address) = server.address() {
                found.push(finding(balancer, &nodes, pool, server, address));
            }
        }
    }
}

fn finding(
    balancer: &Balancer,
    nodes: &[(&Node, IpAddr)],
    pool: &Pool,
    server: &Server,
    address: IpAddr,
) -> Diagnostic {
    let message = format!("{address} is the address of none of these nodes");
    let finding = RULE
        .found(balancer.at(server.span), message)
        .note("clients that are sent there find no server, or one that does not belong to this cluster");
    let Some((node, meant)) = near_node(nodes, pool, server) else {
        return finding.help("remove the server, correct it, or check that node's file together with these");
    };
    let finding = match node.own_address() {
        Some((_, span)) => finding.label(
            node.config.sources.location(span),
            format!("the address of {}, which has no server here", node.label),
        ),
        None => finding,
    };
    let edit = Edit::replace(balancer.at(server.host_span), meant.to_string());
    finding.fix(Fix::suggestion(format!("write `{meant}`"), edit))
}
