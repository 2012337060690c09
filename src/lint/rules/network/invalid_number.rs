#![doc = include_str!("invalid_number.md")]

use std::ops::RangeInclusive;

use cobnut_config::Spanned;
use cobnut_config::elements::ValueType;
use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

/// Texts and attributes whose range is narrower than the schema says, because Hazelcast's code refuses the rest.
const NARROWER: &[(&str, &str, RangeInclusive<i64>)] = &[
    ("multicast", "multicast-port", PORTS),
    ("multicast", "multicast-time-to-live", 0..=255),
    ("multicast", "multicast-timeout-seconds", NATURAL),
    ("network", "port", PORTS),
    ("port", "port-count", 1..=65535),
    ("tcp-ip", "connection-timeout-seconds", NATURAL),
];
const PORTS: RangeInclusive<i64> = 0..=65535;
const NATURAL: RangeInclusive<i64> = 0..=i32::MAX as i64;

pub(crate) static RULE: Rule = Rule {
    name: "invalid-number",
    severity: Severity::Error,
    summary: "a number is missing, malformed or out of range",
    page: include_str!("invalid_number.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for id in document.ids() {
        let Some(known) = node.places().known(id) else { continue };
        let element = document.element(id);
        let parent = element.parent.map_or("network", |parent| document.element(parent).name.as_str());
        let name = format!("`<{}>`", element.name);
        found.extend(judge(
            node,
            &name,
            &document.trimmed_text(id),
            known.info.value,
            (parent, known.info.name),
        ));
        for attribute in &element.attributes {
            let Some(row) = known.attribute(&attribute.name.value) else { continue };
            let name = format!("`{}`", row.info.name);
            let place = (known.info.name, row.info.name);
            found.extend(judge(node, &name, &attribute.value, row.info.value, place));
        }
    }
}

/// Judges a value of this type; `place` names what it stands in, and itself.
fn judge(
    node: &Node,
    name: &str,
    text: &Spanned<String>,
    value: ValueType,
    place: (&str, &str),
) -> Option<Diagnostic> {
    let trimmed = text.value.trim();
    let shown = visible(trimmed);
    let is_empty = trimmed.is_empty();
    let message = match value {
        ValueType::Decimal if trimmed.parse::<f64>().is_ok() => return None,
        ValueType::Integer { min, max } => {
            let narrower = NARROWER.iter().find(|(around, named, _)| (*around, *named) == place);
            let (low, high) = match narrower {
                Some((.., range)) => (*range.start(), *range.end()),
                None => (min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX)),
            };
            match trimmed.parse::<i64>() {
                Ok(number) if (low..=high).contains(&number) => return None,
                Ok(_) if high >= i64::from(i32::MAX) => format!("{name} is {shown}, which is below {low}"),
                Ok(_) => format!("{name} is {shown}, which is not between {low} and {high}"),
                Err(_) if is_empty => format!("{name} is empty"),
                Err(_) => format!("{name} is `{shown}`, which is not a number"),
            }
        }
        ValueType::Decimal if is_empty => format!("{name} is empty"),
        ValueType::Decimal => format!("{name} is `{shown}`, which is not a number"),
        _ => return None,
    };
    Some(
        RULE.at(node, text.span, message)
            .note("Hazelcast refuses the file without saying where")
            .help("write a number"),
    )
}
