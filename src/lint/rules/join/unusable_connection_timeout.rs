#![doc = include_str!("unusable_connection_timeout.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use crate::{Check, Cluster, Node, Rule};

/// Hazelcast gives up joining after this many seconds when the file does not say.
const MAX_JOIN_SECONDS: i32 = 300;
const LIMIT: &str = "hazelcast.max.join.seconds";

pub(crate) static RULE: Rule = Rule {
    name: "unusable-connection-timeout",
    severity: Severity::Warning,
    summary: "the connection timeout is zero, or longer than joining may take",
    page: include_str!("unusable_connection_timeout.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let timeout = node.config.network.join.tcp_ip.connection_timeout_seconds;
    let Some(span) = timeout.span else { return };
    let limit =
        node.config.properties.number(LIMIT).filter(|&seconds| seconds > 0).unwrap_or(MAX_JOIN_SECONDS);
    let finding = if *timeout == 0 {
        RULE.at(node, span, "a connection timeout of 0 leaves no time to find the other members").note(
            "each round of joining ends before anybody has answered: the node takes itself for the first one and becomes a \
             cluster of its own",
        )
    } else if i64::from(*timeout) > i64::from(limit) {
        RULE.at(node, span, format!("a connection timeout of {} s is longer than joining may take", *timeout))
            .note(format!(
                "Hazelcast gives up and stops after {limit} s (`{LIMIT}`), before the first round has ended"
            ))
    } else {
        return;
    };
    let edit = Edit::replace(node.config.sources.location(span), "5");
    found.push(finding.fix(Fix::suggestion("write Hazelcast's own value, `5`", edit)));
}
