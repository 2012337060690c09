#![doc = include_str!("console_behind_balancer.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::exposed;
use crate::{Balancer, Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "console-behind-balancer",
    severity: Severity::Warning,
    summary: "the admin console is reachable through the load balancer",
    page: include_str!("console_behind_balancer.md"),
    check: Check::Balancer(check),
};

/// The console without and with TLS.
const CONSOLE_PORTS: [u16; 2] = [9090, 9091];

fn check(cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    for (route, server) in exposed(cluster, balancer, |port| CONSOLE_PORTS.contains(&port)) {
        let finding = RULE.found(balancer.at(server.span), "the admin console is behind the load balancer");
        let finding = match route.listens.first() {
            Some(listen) => finding.label(balancer.at(listen.span), "reachable here"),
            None => finding,
        };
        found.push(
            finding
                .note(
                    "whoever reaches the balancer reaches the login of the administrator; and a console session lives on \
                     one node, so the next click may ask for the password again",
                )
                .help("remove it; open each node's console directly, from the inner network"),
        );
    }
}
