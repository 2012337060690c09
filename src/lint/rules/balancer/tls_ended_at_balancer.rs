#![doc = include_str!("tls_ended_at_balancer.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::balancer::STARTTLS_PORT;
use crate::{Balancer, Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "tls-ended-at-balancer",
    severity: Severity::Warning,
    summary: "TLS of the clients ends before the node",
    page: include_str!("tls_ended_at_balancer.md"),
    check: Check::Balancer(check),
};

fn check(_cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    for route in balancer.setup.client_routes().filter(|route| route.http.is_none()) {
        let is_clear = |port: Option<u16>| port == Some(STARTTLS_PORT);
        let servers = &balancer.setup.pools[route.pool].servers;
        let Some(server) = servers.iter().find(|server| server.tls.is_none() && is_clear(server.port)) else {
            continue;
        };
        // 5222 itself has a finding of its own.
        for listen in route.listens.iter().filter(|listen| listen.port != STARTTLS_PORT) {
            let Some(tls) = listen.tls else { continue };
            found.push(
                RULE.found(balancer.at(tls), "the balancer ends TLS and goes on in clear text")
                    .label(balancer.at(server.span), "the node's port for clients that begin in clear text")
                    .note(
                        "the node sees an unencrypted client: with `xmpp.client.tls.policy` = `required` it refuses the \
                         login, otherwise the password crosses the network between balancer and node in the clear",
                    )
                    .help("pass TLS through untouched: remove `ssl` and name port 5223 of the nodes"),
            );
        }
    }
}
