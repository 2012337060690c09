#![doc = include_str!("key_change_pending.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "key-change-pending",
    severity: Severity::Warning,
    summary: "the next start changes the encryption key",
    page: include_str!("key_change_pending.md"),
    check: Check::Home(check),
};

fn check(cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(security) = &home.security else { return };
    let Some(new) = security.get("encrypt.key.new") else { return };
    let finding = RULE
        .found(security.location(new), "the next start of Openfire changes the encryption key")
        .note("it encrypts all properties in the database anew; cobnut never changes a key and goes on with the current one");
    found.push(if cluster.homes().len() > 1 {
        finding.help(
            "stop all nodes, start this one alone, then copy `security.xml` to the others before they start",
        )
    } else {
        finding.help(
            "with several nodes: stop all, start this one alone, then copy `security.xml` to the others",
        )
    });
}
