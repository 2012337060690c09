#![doc = include_str!("unreadable_keystore.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::store::StoreContent;
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unreadable-keystore",
    severity: Severity::Error,
    summary: "a certificate store is none, or is damaged",
    page: include_str!("unreadable_keystore.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    for store in &home.keystores {
        let StoreContent::Unreadable(error) = &store.content else { continue };
        let finding = RULE
            .found(store.location(), error.to_string())
            .note("Openfire has no certificate then: no TLS for clients, and no port 5223 or 9091");
        found.push(if store.bytes.starts_with(b"-----BEGIN") {
            finding.help("this is PEM; make a store of key and certificate with `openssl pkcs12 -export`")
        } else if store.bytes.is_empty() {
            finding.help("the file is empty; restore it from a backup")
        } else {
            finding.help("restore the file from a backup, or copy it once more in binary mode")
        });
    }
}
