#![doc = include_str!("repeated_openfire_property.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "repeated-openfire-property",
    severity: Severity::Warning,
    summary: "a property stands twice in openfire.xml",
    page: include_str!("repeated_openfire_property.md"),
    check: Check::Home(check),
};

/// Where names are read one by one; lists of names may stand elsewhere.
const SINGLE: [&str; 8] = [
    "adminConsole.",
    "network.",
    "locale",
    "setup",
    "fqdn",
    "clustering.",
    "connectionProvider.",
    "database.",
];

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(openfire) = &home.openfire else { return };
    let is_single = |name: &str| {
        SINGLE.iter().any(|single| name == *single || single.ends_with('.') && name.starts_with(single))
    };
    for property in openfire.iter().filter(|property| !property.has_children && !property.is_first) {
        let Some(first) = openfire.get(&property.name).filter(|_| is_single(&property.name)) else {
            continue;
        };
        found.push(
            RULE.found(openfire.location(property), format!("`{}` is given a second time", property.name))
                .label(openfire.location(first), "Openfire reads this one")
                .note(if first.value == property.value {
                    "the second one has no effect"
                } else {
                    "this value has no effect"
                })
                .help("remove one of them"),
        );
    }
}
