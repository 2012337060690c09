#![doc = include_str!("sticky_clients.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Balancer, Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "sticky-clients",
    severity: Severity::Info,
    summary: "clients are bound to one server, which XMPP does not need",
    page: include_str!("sticky_clients.md"),
    check: Check::Balancer(check),
};

fn check(_cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    for pool in balancer.setup.client_pools() {
        let Some(sticky) = pool.sticky else { continue };
        found.push(
            RULE.found(balancer.at(sticky), format!("`{}` binds clients to one server", pool.name))
                .note(
                    "every node serves every user, and a connection stays on its node until it ends; bound by address, all \
                     users of one office land on the same node",
                )
                .help("remove it and spread by the number of connections: `balance leastconn`, or `least_conn` in nginx"),
        );
    }
}
