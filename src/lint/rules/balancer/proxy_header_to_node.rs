#![doc = include_str!("proxy_header_to_node.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::balancer::Pool;
use crate::{Balancer, Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "proxy-header-to-node",
    severity: Severity::Error,
    summary: "a load balancer sends a PROXY header that the node does not expect",
    page: include_str!("proxy_header_to_node.md"),
    check: Check::Balancer(check),
};

fn check(_cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    let mut seen: Vec<Span> = Vec::new();
    for pool in balancer.setup.client_pools() {
        // One setting may hold for all servers.
        for span in pool.servers.iter().filter_map(|server| server.proxy) {
            if !seen.contains(&span) {
                seen.push(span);
                found.push(finding(balancer, pool, span));
            }
        }
    }
}

fn finding(balancer: &Balancer, pool: &Pool, span: Span) -> Diagnostic {
    let without = pool.servers.iter().filter(|server| server.proxy.is_none()).count();
    let finding = RULE
        .found(balancer.at(span), "the node gets a PROXY header before the first bytes of the client")
        .note("Openfire does not know that protocol: it takes the header for a broken stream and closes every connection");
    let finding = match without {
        0 => finding,
        _ => finding.note(format!(
            "{without} of the {} servers of `{}` have none",
            pool.servers.len(),
            pool.name
        )),
    };
    finding.help("remove it; the node then sees the balancer's address as that of the client")
}
