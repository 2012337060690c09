#![doc = include_str!("encrypted_but_not_listed.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "encrypted-but-not-listed",
    severity: Severity::Error,
    summary: "a value is encrypted, but security.xml does not list its name",
    page: include_str!("encrypted_but_not_listed.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let (Some(openfire), Some(security)) = (&home.openfire, &home.security) else { return };
    let listed: Vec<&str> =
        security.get_all("encrypt.property.name").map(|property| property.value.as_str()).collect();
    for property in openfire.iter().filter(|property| property.is_first && property.is_marked_encrypted()) {
        if property.value.is_empty() || listed.contains(&property.name.as_str()) {
            continue;
        }
        let message = format!("`{}` is encrypted, but `security.xml` does not list it", property.name);
        found.push(
            RULE.found(openfire.location(property), message)
                .label(security.root_location(), "missing from the names here")
                .note("Openfire takes the encrypted text itself for the value")
                .help(format!("add `<name>{}</name>` below `<encrypt><property>`", property.name)),
        );
    }
}
