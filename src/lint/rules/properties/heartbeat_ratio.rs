#![doc = include_str!("heartbeat_ratio.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

const INTERVAL: &str = "hazelcast.heartbeat.interval.seconds";
const LIMIT: &str = "hazelcast.max.no.heartbeat.seconds";
/// Hazelcast, when the file does not say.
const DEFAULT_INTERVAL_SECONDS: u64 = 5;
/// Hazelcast 3.9 and later, when the file does not say.
const DEFAULT_LIMIT_SECONDS: u64 = 60;

pub(crate) static RULE: Rule = Rule {
    name: "heartbeat-ratio",
    severity: Severity::Warning,
    summary: "members are declared dead before a heartbeat is due",
    page: include_str!("heartbeat_ratio.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let properties = &node.config.properties;
    let interval = properties.heartbeat_interval().map_or(DEFAULT_INTERVAL_SECONDS, |value| value.as_secs());
    let limit = properties.max_no_heartbeat().map_or(DEFAULT_LIMIT_SECONDS, |value| value.as_secs());
    let Some(place) = properties.value(LIMIT).or_else(|| properties.value(INTERVAL)) else { return };
    if limit <= interval {
        found.push(
            RULE.at(
                node,
                place.span,
                format!("silence of {limit} s means death, but heartbeats come every {interval} s"),
            )
            .note("healthy members are removed again and again")
            .help("let the limit be five times the interval or more"),
        );
    }
}
