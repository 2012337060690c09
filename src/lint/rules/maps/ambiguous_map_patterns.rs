#![doc = include_str!("ambiguous_map_patterns.md")]

use std::collections::BTreeSet;

use cobnut_config::Spanned;
use cobnut_diagnostics::{Diagnostic, Severity};

use super::OPENFIRE_MAPS;
use super::reading::{Map, maps};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "ambiguous-map-patterns",
    severity: Severity::Warning,
    summary: "two map patterns fit the same name equally well",
    page: include_str!("ambiguous_map_patterns.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let names: Vec<&Spanned<String>> = maps(node).filter_map(Map::name).collect();
    let exact: BTreeSet<&str> = names.iter().map(|name| name.value.as_str()).collect();
    let patterns: Vec<(&Spanned<String>, &str, &str)> = names
        .iter()
        .filter(|name| name.value.matches('*').count() == 1)
        .filter_map(|name| name.value.split_once('*').map(|(head, tail)| (*name, head, tail)))
        .collect();
    for (index, (second, head, tail)) in patterns.iter().enumerate() {
        let rival = patterns[..index].iter().find(|(first, other_head, other_tail)| {
            let is_tie = other_head.len() + other_tail.len() == head.len() + tail.len();
            let heads = other_head.starts_with(head) || head.starts_with(other_head);
            let tails = other_tail.ends_with(tail) || tail.ends_with(other_tail);
            first.value != second.value && is_tie && heads && tails
        });
        if let Some((first, other_head, other_tail)) = rival {
            let fits = |name: &str| {
                let fits = |head: &str, tail: &str| {
                    name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail)
                };
                fits(head, tail) && fits(other_head, other_tail) && !exact.contains(name)
            };
            found.push(finding(node, first, second, OPENFIRE_MAPS.iter().find(|name| fits(name)).copied()));
        }
    }
}

fn finding(
    node: &Node,
    first: &Spanned<String>,
    second: &Spanned<String>,
    example: Option<&str>,
) -> Diagnostic {
    let message = format!("`{}` and `{}` can fit one name equally well", first.value, second.value);
    let finding =
        RULE.at(node, second.span, message).label(node.config.sources.location(first.span), "the other one");
    let finding = match example {
        Some(name) => finding.with_severity(Severity::Error).note(format!(
            "Openfire's map `{name}` is one: it cannot be opened, \"Found ambiguous configurations for item\""
        )),
        None => {
            finding.note("a map of such a name cannot be opened: \"Found ambiguous configurations for item\"")
        }
    };
    finding.help("make one of them longer, or add an entry with the exact name")
}
