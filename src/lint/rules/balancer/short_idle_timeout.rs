#![doc = include_str!("short_idle_timeout.md")]

use std::collections::BTreeSet;

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span};

use crate::balancer::Idle;
use crate::{Balancer, Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "short-idle-timeout",
    severity: Severity::Warning,
    summary: "a load balancer cuts clients that are merely quiet",
    page: include_str!("short_idle_timeout.md"),
    check: Check::Balancer(check),
};

/// After this silence Openfire and cobnut ping a client: half of `xmpp.client.idle`, 6 minutes by default.
const PING_AFTER_MILLIS: u64 = 180_000;

fn check(_cluster: &Cluster, balancer: &Balancer, found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for route in balancer.setup.client_routes().filter(|route| route.http.is_none()) {
        for idle in route.idle.iter().filter(|idle| idle.millis <= PING_AFTER_MILLIS) {
            if seen.insert(idle.span) {
                found.push(finding(balancer, idle));
            }
        }
    }
}

fn finding(balancer: &Balancer, idle: &Idle) -> Diagnostic {
    let time = match idle.millis {
        millis if millis % 1000 == 0 => format!("{} s", millis / 1000),
        millis => format!("{millis} ms"),
    };
    let message = format!("`{}` cuts a connection on which nothing happens for {time}", idle.name);
    RULE.found(balancer.at(idle.span), message)
        .note(
            "the server pings a quiet client after 180 s (half of `xmpp.client.idle`), and Spark by itself only after 30 \
             minutes: everybody who does not type is logged out before that, and logs in again",
        )
        .fix(Fix::suggestion("write `1h`", Edit::replace(balancer.at(idle.span), "1h")))
}
