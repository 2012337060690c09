#![doc = include_str!("invalid_property.md")]

use cobnut_config::parse_int;
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

/// Properties of membership and networking that hold whole numbers.
const NUMERIC: &[&str] = &[
    "hazelcast.heartbeat.interval.seconds",
    "hazelcast.max.no.heartbeat.seconds",
    "hazelcast.max.no.master.confirmation.seconds",
    "hazelcast.master.confirmation.interval.seconds",
    "hazelcast.wait.seconds.before.join",
    "hazelcast.max.wait.seconds.before.join",
    "hazelcast.max.join.seconds",
    "hazelcast.tcp.join.port.try.count",
    "hazelcast.merge.first.run.delay.seconds",
    "hazelcast.merge.next.run.delay.seconds",
    "hazelcast.initial.min.cluster.size",
    "hazelcast.connection.monitor.interval",
    "hazelcast.connection.monitor.max.faults",
    "hazelcast.operation.call.timeout.millis",
];

pub(crate) static RULE: Rule = Rule {
    name: "invalid-property",
    severity: Severity::Error,
    summary: "a numeric property is not a number",
    page: include_str!("invalid_property.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (name, value) in node.config.properties.iter() {
        let is_number = parse_int(value.value.trim()).is_some();
        if NUMERIC.contains(&name.value.as_str()) && !is_number && !value.value.contains("${") {
            let message =
                format!("property `{}` is `{}`, which is not a number", name.value, visible(&value.value));
            found.push(
                RULE.at(node, value.span, message)
                    .note("Hazelcast does not start: NumberFormatException; cobnut uses the default")
                    .help("write the number alone; the unit is part of the property's name"),
            );
        }
    }
}
