#![doc = include_str!("default_group_password.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "default-group-password",
    severity: Severity::Info,
    summary: "the group has a password that everybody knows",
    page: include_str!("default_group_password.md"),
    check: Check::File(check),
};

/// Hazelcast's own, and that of the plugin's template.
const WELL_KNOWN: [&str; 2] = ["dev-pass", "openfire"];

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let password = node.config.group_password.as_ref();
    let Some(password) = password.filter(|password| WELL_KNOWN.contains(&password.value.as_str())) else {
        return;
    };
    found.push(
        RULE.at(node, password.span, "this password stands in every copy of the template")
            .note("since 3.8 Hazelcast does not even look at it; cobnut lets in who knows the secret in the shared database")
            .help("keep strangers from the port by a firewall"),
    );
}
