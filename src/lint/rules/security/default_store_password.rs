#![doc = include_str!("default_store_password.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "default-store-password",
    severity: Severity::Warning,
    summary: "a store of the members' TLS has a password that everybody knows",
    page: include_str!("default_store_password.md"),
    check: Check::File(check),
};

const WELL_KNOWN: [&str; 5] = ["changeit", "changeme", "password", "hazelcast", "secret"];

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let ssl = &node.config.network.ssl;
    if !*ssl.enabled {
        return;
    }
    for (name, value) in ssl.properties.iter() {
        let short = name.value.rsplit('.').next().unwrap_or_default();
        if short == "keyStorePassword" && WELL_KNOWN.contains(&value.value.to_lowercase().as_str()) {
            found.push(
                RULE.at(
                    node,
                    value.span,
                    format!("`{}` is a password that everybody tries first", visible(&value.value)),
                )
                .note("whoever has the file has the key by which this node proves who it is")
                .help("give the store a password of its own, and let only the server's user read both files"),
            );
        }
    }
}
