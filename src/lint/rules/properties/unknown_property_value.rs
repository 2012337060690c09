#![doc = include_str!("unknown_property_value.md")]

use cobnut_config::Spanned;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::known::{self, Kind};
use crate::distance::distance;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unknown-property-value",
    severity: Severity::Warning,
    summary: "a property has a value that Hazelcast does not know",
    page: include_str!("unknown_property_value.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (name, value) in node.config.properties.iter() {
        let is_gone = known::removed(&name.value).is_some_and(|removed| removed.is_gone(cluster, node));
        if is_gone || value.value.contains("${") {
            continue;
        }
        match known::kind(&name.value) {
            Some(Kind::Boolean) => found.extend(boolean(node, &name.value, value)),
            Some(Kind::Word { words, otherwise }) => {
                found.extend(word(node, &name.value, value, words, otherwise));
            }
            _ => {}
        }
    }
}

fn boolean(node: &Node, name: &str, value: &Spanned<String>) -> Option<Diagnostic> {
    let text = value.value.trim().to_lowercase();
    if matches!(text.as_str(), "true" | "false") {
        return None;
    }
    let finding = RULE
        .at(
            node,
            value.span,
            format!("property `{name}` is `{}`, which is neither true nor false", visible(&text)),
        )
        .note("Hazelcast and cobnut read everything but `true` as false");
    let meant = match text.as_str() {
        "1" | "yes" | "on" | "y" | "enabled" => Some("true"),
        "0" | "no" | "off" | "n" | "disabled" => Some("false"),
        _ => near(&text, &["true", "false"]),
    };
    Some(match meant {
        Some(meant) => finding.fix(write(node, value, meant)),
        None => finding.help("write `true` or `false`"),
    })
}

fn word(
    node: &Node,
    name: &str,
    value: &Spanned<String>,
    words: &[&'static str],
    otherwise: &str,
) -> Option<Diagnostic> {
    let text = value.value.trim();
    if words.contains(&text) {
        return None;
    }
    let plain = |word: &str| word.to_lowercase().replace('_', "-");
    let finding = RULE
        .at(
            node,
            value.span,
            format!("property `{name}` is `{}`, which Hazelcast does not know", visible(text)),
        )
        .note(otherwise);
    let begins = |word: &&&'static str| !text.is_empty() && plain(word).starts_with(&plain(text));
    let meant = words.iter().find(begins).copied().or_else(|| near(text, words));
    let listed = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    Some(match meant {
        Some(meant) => finding.help(format!("it may be one of {listed}")).fix(write(node, value, meant)),
        None => finding.help(format!("write one of {listed}")),
    })
}

/// The word that differs by one letter or two.
fn near(text: &str, words: &[&'static str]) -> Option<&'static str> {
    if text.len() > 16 {
        return None;
    }
    let text = text.to_lowercase();
    let ranked = words.iter().map(|word| (distance(&text, &word.to_lowercase()), *word)).min()?;
    (ranked.0 <= 2 && ranked.0 * 2 < text.chars().count()).then_some(ranked.1)
}

fn write(node: &Node, value: &Spanned<String>, meant: &str) -> Fix {
    Fix::suggestion(
        format!("write `{meant}`"),
        Edit::replace(node.config.sources.location(value.span), meant),
    )
}
