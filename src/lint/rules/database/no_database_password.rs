#![doc = include_str!("no_database_password.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{PASSWORD, SERVER_URL, USER, is_embedded};
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "no-database-password",
    severity: Severity::Warning,
    summary: "the database asks for no password",
    page: include_str!("no_database_password.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(url) = home.property(SERVER_URL).filter(|url| !is_embedded(home, url)) else { return };
    let Some(user) = home.property(USER).filter(|_| home.property(PASSWORD).is_none()) else { return };
    if url.value.contains("password=") {
        return;
    }
    let Some(place) = home.place(user) else { return };
    found.push(
        RULE.found(place, "this database user has no password")
            .note("whoever reaches the database's port has all accounts and messages")
            .help("give the user a password, and write it in `<password>`; Openfire encrypts it at its next start"),
    );
}
