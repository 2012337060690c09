#![doc = include_str!("encrypted_without_key.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "encrypted-without-key",
    severity: Severity::Error,
    summary: "a value is encrypted, but security.xml is missing",
    page: include_str!("encrypted_without_key.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    if home.input.security_xml.is_some() || !home.is_whole_folder() {
        return;
    }
    let Some(openfire) = &home.openfire else { return };
    let mut encrypted = openfire.iter().filter(|property| property.is_marked_encrypted());
    let Some(first) = encrypted.next() else { return };
    let finding = RULE
        .found(
            openfire.location(first),
            format!("`{}` is encrypted, but there is no `security.xml`", first.name),
        )
        .note("Openfire takes the encrypted text itself for the value: it cannot log in to the database")
        .help("copy `conf/security.xml` from the node that this file comes from");
    found.push(encrypted.fold(finding, |finding, other| finding.label(openfire.location(other), "and this")));
}
