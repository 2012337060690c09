#![doc = include_str!("tls_on_wrong_side.md")]

use std::collections::BTreeSet;

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::balancer::{Listen, STARTTLS_PORT, Server, TLS_PORT};
use crate::{Balancer, Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "tls-on-wrong-side",
    severity: Severity::Error,
    summary: "TLS begins where the other side does not expect it",
    page: include_str!("tls_on_wrong_side.md"),
    check: Check::Balancer(check),
};

fn check(_cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for route in balancer.setup.client_routes().filter(|route| route.http.is_none()) {
        for listen in &route.listens {
            if let Some(tls) = listen.tls.filter(|tls| listen.port == STARTTLS_PORT && seen.insert(*tls)) {
                found.push(at_entrance(balancer, listen, tls));
            }
            for server in &balancer.setup.pools[route.pool].servers {
                let finding = at_server(balancer, listen, server);
                found.extend(finding.filter(|_| seen.insert(server.span)));
            }
        }
    }
}

fn at_entrance(balancer: &Balancer, listen: &Listen, tls: Span) -> Diagnostic {
    RULE.found(balancer.at(tls), "the balancer waits for TLS on 5222, where clients begin in clear text")
        .label(balancer.at(listen.span), "clients come in here")
        .note(
            "a client sends `<stream:stream>` first and asks for TLS later (STARTTLS); the balancer takes that for a broken \
             TLS greeting and closes",
        )
        .help("remove it: the node itself negotiates TLS; or take port 5223 for clients that begin with TLS")
}

fn at_server(balancer: &Balancer, listen: &Listen, server: &Server) -> Option<Diagnostic> {
    match (server.port.unwrap_or(listen.port), server.tls) {
        (STARTTLS_PORT, Some(tls)) => Some(
            RULE.found(
                balancer.at(tls),
                "the balancer begins with TLS on 5222, where the node waits for clear text",
            )
            .label(balancer.at(server.span), "this port negotiates TLS within the stream (STARTTLS)")
            .note("the node takes the TLS greeting for a broken stream and closes")
            .help("remove it, or name port 5223 of the node"),
        ),
        (TLS_PORT, None) if listen.port != STARTTLS_PORT => {
            let tls = listen.tls?;
            Some(
                RULE.found(
                    balancer.at(server.span),
                    "the node waits for TLS on 5223, but the balancer has ended it",
                )
                .label(balancer.at(tls), "TLS ends here")
                .note("the node takes the clear text for a broken TLS greeting and closes")
                .help("let the balancer pass TLS through untouched: remove `ssl` and the certificate"),
            )
        }
        _ => None,
    }
}
