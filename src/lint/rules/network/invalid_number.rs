#![doc = include_str!("invalid_number.md")]

use std::ops::RangeInclusive;

use cobnut_config::{Spanned, parse_int};
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

/// Texts that are numbers, by path, and the range that Hazelcast allows.
const TEXTS: &[(&str, RangeInclusive<i32>)] = &[
    ("hazelcast/network/port", 0..=65535),
    ("hazelcast/network/join/multicast/multicast-port", 0..=65535),
    ("hazelcast/network/join/multicast/multicast-time-to-live", 0..=255),
    ("hazelcast/network/join/multicast/multicast-timeout-seconds", 0..=i32::MAX),
];
/// Attributes that are numbers.
const ATTRIBUTES: &[(&str, &str, RangeInclusive<i32>)] = &[
    ("hazelcast/network/port", "port-count", 1..=65535),
    ("hazelcast/network/join/tcp-ip", "connection-timeout-seconds", 0..=i32::MAX),
];

pub(crate) static RULE: Rule = Rule {
    name: "invalid-number",
    severity: Severity::Error,
    summary: "a number is missing, malformed or out of range",
    page: include_str!("invalid_number.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for (path, range) in TEXTS {
        for id in document.at_path(path) {
            let name = format!("`<{}>`", document.element(id).name);
            found.extend(judge(node, &name, &document.trimmed_text(id), range));
        }
    }
    for (path, attribute, range) in ATTRIBUTES {
        for id in document.at_path(path) {
            let value = document.element(id).attribute(attribute).map(|attribute| &attribute.value);
            found.extend(value.and_then(|value| judge(node, &format!("`{attribute}`"), value, range)));
        }
    }
}

fn judge(node: &Node, name: &str, text: &Spanned<String>, range: &RangeInclusive<i32>) -> Option<Diagnostic> {
    let shown = visible(&text.value);
    let (low, high) = (range.start(), range.end());
    let message = match parse_int(text.value.trim()) {
        Some(number) if range.contains(&number) => return None,
        Some(_) => format!("{name} is {shown}, which is not between {low} and {high}"),
        None if shown.is_empty() => format!("{name} is empty"),
        None => format!("{name} is `{shown}`, which is not a number"),
    };
    Some(
        RULE.at(node, text.span, message)
            .note("Hazelcast refuses the file without saying where")
            .help("write a number"),
    )
}
