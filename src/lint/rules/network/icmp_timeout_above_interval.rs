#![doc = include_str!("icmp_timeout_above_interval.md")]

use cobnut_config::parse_int;
use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

/// Hazelcast's own timeout and interval.
const DEFAULT_MILLIS: i32 = 1000;
/// The shortest interval that Hazelcast accepts.
const INTERVAL_MILLIS_MIN: i32 = 1000;

pub(crate) static RULE: Rule = Rule {
    name: "icmp-timeout-above-interval",
    severity: Severity::Error,
    summary: "a ping may take longer than the time to the next one",
    page: include_str!("icmp_timeout_above_interval.md"),
    check: Check::File(check),
};

/// A number and where it stands, if it is written.
type Written = (i32, Option<Span>);

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let icmp = &node.config.network.failure_detector;
    if *icmp.enabled {
        let timeout = (*icmp.timeout_milliseconds, icmp.timeout_milliseconds.span);
        let interval = (*icmp.interval_milliseconds, icmp.interval_milliseconds.span);
        found.extend(judge(node, timeout, interval));
    }
    let properties = &node.config.properties;
    if properties.flag("hazelcast.icmp.enabled") == Some(true) {
        let number = |name: &str| match properties.value(name) {
            Some(value) => (parse_int(value.value.trim()).unwrap_or(DEFAULT_MILLIS), Some(value.span)),
            None => (DEFAULT_MILLIS, None),
        };
        found.extend(judge(node, number("hazelcast.icmp.timeout"), number("hazelcast.icmp.interval")));
    }
}

fn judge(node: &Node, timeout: Written, interval: Written) -> Option<Diagnostic> {
    let place = |one: Written, other: Written| one.1.or(other.1);
    let finding = if interval.0 < INTERVAL_MILLIS_MIN {
        RULE.at(
            node,
            place(interval, timeout)?,
            format!("an interval of {} ms between pings is shorter than a second", interval.0),
        )
    } else if timeout.0 > interval.0 {
        RULE.at(
            node,
            place(timeout, interval)?,
            format!("a ping may take {} ms, but the next one follows after {} ms", timeout.0, interval.0),
        )
    } else {
        return None;
    };
    Some(
        finding
            .note("Hazelcast does not start: IllegalStateException; Openfire then runs on without a cluster")
            .help("write an interval of 1000 or more, and a timeout that is not longer"),
    )
}
