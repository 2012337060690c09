#![doc = include_str!("wrong_server_port.md")]

use std::collections::BTreeSet;

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span};

use crate::balancer::{Listen, STARTTLS_PORT, Server, TLS_PORT};
use crate::{Balancer, Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "wrong-server-port",
    severity: Severity::Error,
    summary: "a client port leads to a port that speaks something else",
    page: include_str!("wrong_server_port.md"),
    check: Check::Balancer(check),
};

/// What Openfire's other ports are for.
const OTHER_PORTS: [(u16, &str); 8] = [
    (5269, "other servers"),
    (5270, "other servers, with TLS"),
    (5275, "external components"),
    (5701, "the cluster members among themselves"),
    (7070, "web clients, over HTTP"),
    (7443, "web clients, over HTTPS"),
    (9090, "the admin console"),
    (9091, "the admin console, with TLS"),
];

fn check(_cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeSet<(u16, Span)> = BTreeSet::new();
    for route in balancer.setup.client_routes() {
        for listen in route.listens.iter().filter(|listen| listen.tls.is_none()) {
            for server in &balancer.setup.pools[route.pool].servers {
                if let Some((port, use_of_port)) = wrong(listen, server)
                    && seen.insert((port, server.span))
                {
                    found.push(finding(balancer, listen, server, port, use_of_port));
                }
            }
        }
    }
}

/// The server's port and what it is for, if it cannot be meant.
fn wrong(listen: &Listen, server: &Server) -> Option<(u16, &'static str)> {
    let port = server.port?;
    let crossed = match (listen.port, port) {
        (STARTTLS_PORT, TLS_PORT) if server.tls.is_none() => Some("clients that begin with TLS"),
        (TLS_PORT, STARTTLS_PORT) if server.tls.is_none() => Some("clients that begin in clear text"),
        (STARTTLS_PORT | TLS_PORT, _) => {
            OTHER_PORTS.iter().find(|(other, _)| *other == port).map(|(_, use_of_port)| *use_of_port)
        }
        _ => None,
    };
    crossed.map(|use_of_port| (port, use_of_port))
}

fn finding(
    balancer: &Balancer,
    listen: &Listen,
    server: &Server,
    port: u16,
    use_of_port: &str,
) -> Diagnostic {
    let message =
        format!("clients of port {} are sent to port {port}, which is for {use_of_port}", listen.port);
    let start = server.span.end - port.to_string().len();
    let edit = Edit::replace(balancer.at(Span::new(start, server.span.end)), listen.port.to_string());
    RULE.found(balancer.at(server.span), message)
        .label(balancer.at(listen.span), "clients come in here")
        .note("no client of this port can log in: node and client do not speak the same protocol")
        .fix(Fix::suggestion(format!("write port {}", listen.port), edit))
}
