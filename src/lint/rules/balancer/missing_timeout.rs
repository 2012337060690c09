#![doc = include_str!("missing_timeout.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Balancer, Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "missing-timeout",
    severity: Severity::Warning,
    summary: "HAProxy has no timeout for one side of a connection",
    page: include_str!("missing_timeout.md"),
    check: Check::Balancer(check),
};

fn check(_cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    for route in balancer.setup.client_routes().filter(|route| !route.missing.is_empty()) {
        let quoted: Vec<String> = route.missing.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("clients come in here without {}", quoted.join(" and "));
        let finding = RULE.found(balancer.at(route.span), message).note(
            "HAProxy warns about it at its start and waits forever: connections of clients that vanished are never closed",
        );
        let times: Vec<String> = route
            .missing
            .iter()
            .map(|name| format!("`{name} {}`", if *name == "timeout connect" { "2s" } else { "1h" }))
            .collect();
        found.push(finding.help(format!("add {} to `defaults`", times.join(" and "))));
    }
}
