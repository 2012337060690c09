#![doc = include_str!("default_keystore_password.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::store::{DEFAULT_PASSWORD, StoreContent};
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "default-keystore-password",
    severity: Severity::Info,
    summary: "the key store has the password that everybody knows",
    page: include_str!("default_keystore_password.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    for store in &home.keystores {
        let StoreContent::Identity { keys, has_default_password: true } = &store.content else { continue };
        if keys.is_empty() {
            continue;
        }
        found.push(
            RULE.found(store.location(), format!("the store opens with `{DEFAULT_PASSWORD}`"))
                .note("whoever reads the file has the private key of the domain")
                .help("let only the server's own user read the file; a new password belongs into `xmpp.socket.ssl.keypass` as well"),
        );
    }
}
