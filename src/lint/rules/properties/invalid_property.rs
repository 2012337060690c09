#![doc = include_str!("invalid_property.md")]

use cobnut_config::parse_int;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::known::{self, Kind};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "invalid-property",
    severity: Severity::Error,
    summary: "a numeric property is not a number, or too small",
    page: include_str!("invalid_property.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (name, value) in node.config.properties.iter() {
        let Some(Kind::Number { least }) = known::kind(&name.value) else { continue };
        let is_gone = known::removed(&name.value).is_some_and(|removed| removed.is_gone(cluster, node));
        if is_gone || value.value.contains("${") {
            continue;
        }
        let text = value.value.trim();
        let finding = match parse_int(text) {
            Some(number) if number >= least => continue,
            Some(number) => RULE
                .at(
                    node,
                    value.span,
                    format!("property `{}` is {number}, but must be {least} or more", name.value),
                )
                .note("Hazelcast does not start: IllegalArgumentException; cobnut uses the default"),
            None => RULE
                .at(
                    node,
                    value.span,
                    format!("property `{}` is `{}`, which is not a number", name.value, visible(text)),
                )
                .note("Hazelcast does not start: NumberFormatException; cobnut uses the default"),
        };
        let default = known::known(&name.value).map_or("", |property| property.default);
        found.push(match without_unit(text).filter(|number| *number >= least) {
            Some(number) => {
                let edit = Edit::replace(node.config.sources.location(value.span), number.to_string());
                finding
                    .help("the unit is part of the property's name")
                    .fix(Fix::suggestion(format!("write `{number}`"), edit))
            }
            None if parse_int(text).is_some() => finding.help(format!("Hazelcast's own value is {default}")),
            None if default.is_empty() => finding.help("write a whole number, without a unit"),
            None => finding
                .help(format!("write a whole number, without a unit; Hazelcast's own value is {default}")),
        });
    }
}

/// `60` of `60s` and of `60 seconds`; other units than seconds would change the number.
fn without_unit(text: &str) -> Option<i32> {
    let end = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    let is_seconds =
        matches!(unit.trim().to_lowercase().as_str(), "s" | "sec" | "secs" | "second" | "seconds");
    parse_int(number).filter(|_| is_seconds)
}
