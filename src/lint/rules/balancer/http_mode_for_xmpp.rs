#![doc = include_str!("http_mode_for_xmpp.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use crate::{Balancer, Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "http-mode-for-xmpp",
    severity: Severity::Error,
    summary: "an XMPP port is balanced as HTTP",
    page: include_str!("http_mode_for_xmpp.md"),
    check: Check::Balancer(check),
};

fn check(_cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    let mut seen = Vec::new();
    for route in balancer.setup.client_routes() {
        let Some(http) = route.http.filter(|http| !seen.contains(http)) else { continue };
        seen.push(http);
        let finding = RULE
            .found(balancer.at(http), "XMPP clients come in here, but the balancer speaks HTTP")
            .note("it answers the first bytes of each client with an HTTP error: nobody can log in");
        let finding = match route.listens.first() {
            Some(listen) => finding.label(balancer.at(listen.span), "clients of this port"),
            None => finding,
        };
        found.push(match balancer.setup.software {
            crate::balancer::Software::HaProxy => {
                finding.fix(Fix::suggestion("write `mode tcp`", Edit::replace(balancer.at(http), "tcp")))
            }
            crate::balancer::Software::Nginx => {
                finding.help("move the server into a `stream { … }` block beside `http`")
            }
        });
    }
}
