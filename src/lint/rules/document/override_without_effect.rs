#![doc = include_str!("override_without_effect.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "override-without-effect",
    severity: Severity::Info,
    summary: "a setting is overridden outside of the file, which Openfire passes over",
    page: include_str!("override_without_effect.md"),
    check: Check::File(check),
};

/// How names of overrides begin: environment variables and Java system properties.
const PREFIXES: &[&str] = &["HZ_", "hz."];
/// Names of that kind that override nothing.
const OTHERS: &[&str] = &["HZ_HOME", "HZ_LICENSE_KEY", "HZ_PHONE_HOME_ENABLED", "HZ_CP_MOUNT"];

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (name, value) in &node.input.variables {
        let is_override = PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        // A variable of the file's own may be called so as well.
        let is_used =
            node.config.sources.iter().any(|source| source.text().contains(&format!("${{{name}}}")));
        if !is_override || is_used || OTHERS.contains(&name.as_str()) {
            continue;
        }
        let message = format!("`{}={}` does not change this file", visible(name), visible(value));
        found.push(
            RULE.at(node, Span::at(0), message)
                .note("Hazelcast 4.2 and later apply such overrides only to files that they find themselves, and Openfire hands its file over; cobnut applies none")
                .help("write the setting into the file"),
        );
    }
}
