#![doc = include_str!("mesh_behind_balancer.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::exposed;
use crate::{Balancer, Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "mesh-behind-balancer",
    severity: Severity::Warning,
    summary: "the cluster port is reachable through the load balancer",
    page: include_str!("mesh_behind_balancer.md"),
    check: Check::Balancer(check),
};

fn check(cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    let written: Vec<u16> = cluster.nodes().iter().map(|node| *node.config.network.port.number).collect();
    let is_mesh = |port| port == cobnut_config::DEFAULT_PORT || written.contains(&port);
    for (route, server) in exposed(cluster, balancer, is_mesh) {
        let finding = RULE
            .found(balancer.at(server.span), "the port of the cluster members is behind the load balancer");
        let finding = match route.listens.first() {
            Some(listen) => finding.label(balancer.at(listen.span), "reachable here"),
            None => finding,
        };
        found.push(
            finding
                .note(
                    "members dial each other by their own addresses and never through a balancer; who comes this way is a \
                     stranger, and Hazelcast lets in whoever knows the name of the cluster",
                )
                .help("remove it, and let a firewall keep the port for the nodes alone"),
        );
    }
}
