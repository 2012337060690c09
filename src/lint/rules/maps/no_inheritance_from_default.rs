#![doc = include_str!("no_inheritance_from_default.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::reading::maps;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "no-inheritance-from-default",
    severity: Severity::Info,
    summary: "a map does not inherit what the map `default` says",
    page: include_str!("no_inheritance_from_default.md"),
    check: Check::File(check),
};

/// Settings that people change for all maps at once, and their built-in values.
const SETTINGS: [(&str, i32); 2] = [("backup-count", 1), ("async-backup-count", 0)];

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let Some(default) = maps(node).find(|map| map.name().is_some_and(|name| name.value == "default")) else {
        return;
    };
    for (setting, built_in) in SETTINGS {
        let Some(value) = default.number(setting).filter(|value| value.value != built_in) else { continue };
        let lacking: Vec<_> =
            maps(node).filter(|map| map.id != default.id && map.child(setting).is_none()).collect();
        let [first, ..] = lacking.as_slice() else { continue };
        let more = match lacking.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!(
            "{}{more} has {built_in} for `{setting}`, not the {} of `default`",
            first.label(),
            *value
        );
        found.push(
            RULE.at(node, first.span(), message)
                .label(
                    node.config.sources.location(value.span),
                    "holds only for maps without an entry of their own",
                )
                .help(format!("repeat `<{setting}>` in each entry that should have it")),
        );
    }
}
