#![doc = include_str!("default_encryption_password.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "default-encryption-password",
    severity: Severity::Error,
    summary: "the members encrypt with a password that everybody knows",
    page: include_str!("default_encryption_password.md"),
    check: Check::File(check),
};

/// Passwords of Hazelcast's examples.
const WELL_KNOWN: [&str; 3] = ["thepass", "thepassword", "my-password"];

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let encryption = &node.config.network.symmetric_encryption;
    // With a key of its own, the password has no effect.
    if !*encryption.enabled
        || encryption.key.is_some()
        || !WELL_KNOWN.contains(&encryption.password.value.as_str())
    {
        return;
    }
    let Some(place) = encryption.password.span.or(encryption.enabled.span) else { return };
    let finding = RULE
        .at(node, place, "this password stands in Hazelcast's documentation")
        .note("whoever listens on the way decrypts all that the members send");
    found.push(finding.help("write a long random text, the same on all nodes"));
}
