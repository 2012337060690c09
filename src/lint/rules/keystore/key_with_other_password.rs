#![doc = include_str!("key_with_other_password.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "key-with-other-password",
    severity: Severity::Error,
    summary: "a private key has another password than its store",
    page: include_str!("key_with_other_password.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    for store in &home.keystores {
        for key in store.keys().iter().filter(|key| key.is_locked) {
            let message = format!("the key `{}` has another password than the store", key.alias);
            found.push(
                RULE.found(store.location(), message)
                    .note("Openfire opens both with one password: it cannot use this key")
                    .help(format!(
                        "give it the store's password: `keytool -keypasswd -alias {} …`",
                        key.alias
                    )),
            );
        }
    }
}
