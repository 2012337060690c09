#![doc = include_str!("wrong_time_unit.md")]

use cobnut_config::{Spanned, parse_int};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "wrong-time-unit",
    severity: Severity::Warning,
    summary: "a time looks as if it was written in another unit",
    page: include_str!("wrong_time_unit.md"),
    check: Check::File(check),
};

/// Properties in seconds, and the most that anybody means; round thousands above it are milliseconds.
const SECONDS: &[(&str, i32)] = &[
    ("hazelcast.heartbeat.interval.seconds", 600),
    ("hazelcast.max.no.heartbeat.seconds", 3600),
    ("hazelcast.master.confirmation.interval.seconds", 3600),
    ("hazelcast.max.no.master.confirmation.seconds", 3600),
    ("hazelcast.wait.seconds.before.join", 600),
    ("hazelcast.max.wait.seconds.before.join", 600),
    ("hazelcast.member.list.publish.interval.seconds", 3600),
];
/// Properties in milliseconds, and the least that anybody means; smaller numbers are seconds.
const MILLISECONDS: &[(&str, i32)] = &[
    ("hazelcast.operation.call.timeout.millis", 1000),
    ("hazelcast.operation.backup.timeout.millis", 100),
    ("hazelcast.icmp.timeout", 100),
    ("hazelcast.icmp.interval", 100),
];
/// Elements in milliseconds, likewise.
const ELEMENTS: &[(&str, i32)] = &[
    ("hazelcast/network/failure-detector/icmp/timeout-milliseconds", 100),
    ("hazelcast/network/failure-detector/icmp/interval-milliseconds", 100),
];
/// Elements in seconds.
const ELEMENTS_IN_SECONDS: &[(&str, i32)] =
    &[("hazelcast/network/join/multicast/multicast-timeout-seconds", 600)];

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for (name, value) in node.config.properties.iter() {
        let is = |entry: &&(&str, i32)| entry.0 == name.value;
        let label = format!("property `{}`", name.value);
        if let Some((_, most)) = SECONDS.iter().find(is) {
            found.extend(milliseconds_for_seconds(node, &label, value, *most));
        }
        if let Some((_, least)) = MILLISECONDS.iter().find(is) {
            found.extend(seconds_for_milliseconds(node, &label, value, *least));
        }
    }
    for (path, least) in ELEMENTS {
        for id in document.at_path(path) {
            let label = format!("`<{}>`", document.element(id).name);
            found.extend(seconds_for_milliseconds(node, &label, &document.trimmed_text(id), *least));
        }
    }
    for (path, most) in ELEMENTS_IN_SECONDS {
        for id in document.at_path(path) {
            let label = format!("`<{}>`", document.element(id).name);
            found.extend(milliseconds_for_seconds(node, &label, &document.trimmed_text(id), *most));
        }
    }
}

fn milliseconds_for_seconds(
    node: &Node,
    label: &str,
    value: &Spanned<String>,
    most: i32,
) -> Option<Diagnostic> {
    let number = parse_int(value.value.trim()).filter(|&number| number > most && number % 500 == 0)?;
    let message = format!("{label} is in seconds: {number} is {}", spoken(i64::from(number)));
    let finding = RULE.at(node, value.span, message).note("Hazelcast and cobnut obey it as it is written");
    let meant = number / 1000;
    if number % 1000 != 0 {
        return Some(finding.help("write the number of seconds"));
    }
    let edit = Edit::replace(node.config.sources.location(value.span), meant.to_string());
    Some(finding.fix(Fix::suggestion(format!("write {meant}, if {number} milliseconds were meant"), edit)))
}

fn seconds_for_milliseconds(
    node: &Node,
    label: &str,
    value: &Spanned<String>,
    least: i32,
) -> Option<Diagnostic> {
    let number = parse_int(value.value.trim()).filter(|&number| number > 0 && number < least)?;
    let meant = number.checked_mul(1000)?;
    let edit = Edit::replace(node.config.sources.location(value.span), meant.to_string());
    Some(
        RULE.at(node, value.span, format!("{label} is in milliseconds: {number} is less than {least} ms"))
            .note("Hazelcast obeys it as it is written: healthy members are taken for slow or dead")
            .fix(Fix::suggestion(format!("write {meant}, if {number} s were meant"), edit)),
    )
}

/// A time in words that show its size.
fn spoken(seconds: i64) -> String {
    match seconds {
        0..=7199 => format!("{} minutes", seconds / 60),
        7200..=172_799 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
