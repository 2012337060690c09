#![doc = include_str!("unchecked_server.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Safety, Severity, Span};

use crate::balancer::{Pool, Server, Software};
use crate::{Balancer, Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unchecked-server",
    severity: Severity::Warning,
    summary: "a load balancer does not notice that a node is dead",
    page: include_str!("unchecked_server.md"),
    check: Check::Balancer(check),
};

fn check(_cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    for pool in balancer.setup.client_pools().filter(|pool| pool.servers.len() > 1) {
        let unchecked: Vec<&Server> =
            pool.servers.iter().filter(|server| !server.is_checked && !server.is_off).collect();
        if let [first, others @ ..] = unchecked.as_slice() {
            found.push(finding(balancer, pool, first, others));
        }
    }
}

fn finding(balancer: &Balancer, pool: &Pool, first: &Server, others: &[&Server]) -> Diagnostic {
    let message = match others.len() {
        0 => format!("`{}` does not check this server", pool.name),
        more => format!("`{}` does not check this server and {more} more", pool.name),
    };
    let finding = others.iter().fold(RULE.found(balancer.at(first.span), message), |finding, server| {
        finding.label(balancer.at(server.span), "nor this one")
    });
    if balancer.setup.software == Software::Nginx {
        return finding
            .note("with `max_fails=0` nginx goes on sending clients to a node that refuses them")
            .help("write `max_fails=1 fail_timeout=5s`");
    }
    let edits = std::iter::once(&first)
        .chain(others)
        .map(|server| Edit::replace(balancer.at(Span::at(server.line.end)), " check"))
        .collect();
    finding
        .note("HAProxy goes on sending clients to the node when it is dead; each of them waits and is turned away")
        .fix(Fix { description: "add `check`".to_owned(), safety: Safety::Suggestion, edits })
}
