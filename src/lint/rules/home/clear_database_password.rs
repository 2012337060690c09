#![doc = include_str!("clear_database_password.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "clear-database-password",
    severity: Severity::Info,
    summary: "the database password stands in clear text",
    page: include_str!("clear_database_password.md"),
    check: Check::Home(check),
};

const PASSWORD: &str = "database.defaultProvider.password";

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    // Without security.xml it is not known what Openfire would do.
    let (Some(property), Some(security)) = (home.property(PASSWORD), &home.security) else { return };
    let Some(place) = home.place(property).filter(|_| !property.is_marked_encrypted()) else { return };
    let is_listed = security.get_all("encrypt.property.name").any(|listed| listed.value == PASSWORD);
    let finding = RULE.found(place, "the database password stands in clear text");
    found.push(if is_listed {
        finding.note("Openfire encrypts it when it starts the next time; cobnut reads it as it is and leaves the file alone")
    } else {
        finding.help(format!("add `<name>{PASSWORD}</name>` to `security.xml`, and let Openfire encrypt it"))
    });
}
