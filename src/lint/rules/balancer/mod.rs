//! Rules about load balancers in front of the cluster.

mod console_behind_balancer;
mod duplicate_server;
mod http_mode_for_xmpp;
mod mesh_behind_balancer;
mod missing_timeout;
mod node_without_server;
mod proxy_header_to_node;
mod server_without_node;
mod short_idle_timeout;
mod sticky_clients;
mod tls_ended_at_balancer;
mod tls_on_wrong_side;
mod unchecked_server;
mod wrong_server_port;

use std::net::IpAddr;

use crate::Rule;
use crate::balancer::{Pool, Route, Server};
use crate::distance::distance;
use crate::{Balancer, Cluster, Node};

pub(super) static RULES: &[&Rule] = &[
    &console_behind_balancer::RULE,
    &duplicate_server::RULE,
    &http_mode_for_xmpp::RULE,
    &mesh_behind_balancer::RULE,
    &missing_timeout::RULE,
    &node_without_server::RULE,
    &proxy_header_to_node::RULE,
    &server_without_node::RULE,
    &short_idle_timeout::RULE,
    &sticky_clients::RULE,
    &tls_ended_at_balancer::RULE,
    &tls_on_wrong_side::RULE,
    &unchecked_server::RULE,
    &wrong_server_port::RULE,
];

/// Every node with its own address; `None` when one of them is not known, and nothing can be said about the others.
fn all_addresses(cluster: &Cluster) -> Option<Vec<(&Node, IpAddr)>> {
    let nodes = cluster.nodes().iter();
    let known: Option<Vec<(&Node, IpAddr)>> =
        nodes.map(|node| node.own_address().map(|(own, _)| (node, own))).collect();
    known.filter(|nodes| cluster.is_complete() && nodes.len() > 1)
}

/// The one node without a server that a server's address is one slip away from.
fn near_node<'a>(nodes: &[(&'a Node, IpAddr)], pool: &Pool, server: &Server) -> Option<(&'a Node, IpAddr)> {
    let address = server.address().filter(|address| nodes.iter().all(|(_, own)| own != address))?;
    let written = address.to_string();
    let is_served = |own: IpAddr| pool.servers.iter().any(|server| server.address() == Some(own));
    let mut near =
        nodes.iter().filter(|(_, own)| !is_served(*own) && distance(&own.to_string(), &written) == 1);
    near.next().filter(|_| near.next().is_none()).copied()
}

/// Servers on a port that is not for clients, as far as their hosts are nodes: hosts that the files name, or that clients
/// are sent to by this balancer. Routes for clients have findings of their own.
fn exposed<'a>(
    cluster: &'a Cluster,
    balancer: &'a Balancer,
    is_port: impl Fn(u16) -> bool,
) -> Vec<(&'a Route, &'a Server)> {
    let setup = &balancer.setup;
    let is_node = |host: &Server| {
        let own = cluster.nodes().iter().filter_map(Node::own_address);
        let mut balanced = setup.client_pools().flat_map(|pool| &pool.servers);
        own.into_iter().any(|(own, _)| host.address() == Some(own))
            || balanced.any(|server| server.host == host.host)
    };
    let for_clients: Vec<&Route> = setup.client_routes().collect();
    let others =
        setup.routes.iter().filter(|route| !for_clients.iter().any(|other| std::ptr::eq(*other, *route)));
    // One finding for each route.
    let first = |route: &'a Route| {
        let servers = &setup.pools[route.pool].servers;
        let found = servers.iter().find(|server| server.port.is_some_and(&is_port) && is_node(server));
        found.map(|server| (route, server))
    };
    others.filter_map(first).collect()
}
