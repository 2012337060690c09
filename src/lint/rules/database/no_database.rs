#![doc = include_str!("no_database.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{PROVIDER, SERVER_URL};
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "no-database",
    severity: Severity::Error,
    summary: "a node that is set up names no database",
    page: include_str!("no_database.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(openfire) = home.openfire.as_ref().filter(|openfire| openfire.is_true("setup", false)) else {
        return;
    };
    // A file of a few lines, without any trace of a database, is an excerpt.
    let Some(provider) = openfire.get(PROVIDER).or_else(|| openfire.element("database")) else { return };
    let is_default =
        home.property(PROVIDER).is_none_or(|class| class.value.ends_with("DefaultConnectionProvider"));
    if is_default && home.property(SERVER_URL).is_none() {
        found.push(
            RULE.found(openfire.location(provider), format!("there is no `{SERVER_URL}`"))
                .note("Openfire cannot start without its database")
                .help("copy the `<database>` block from a backup or from another node"),
        );
    }
}
