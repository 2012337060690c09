#![doc = include_str!("unusable_database_url.md")]

use cobnut_diagnostics::{Diagnostic, Fix, Severity};
use cobnut_openfire::{JdbcError, jdbc_to_sqlx};

use super::{SERVER_URL, is_embedded};
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unusable-database-url",
    severity: Severity::Error,
    summary: "the URL of the database cannot be used",
    page: include_str!("unusable_database_url.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(property) = home.property(SERVER_URL).filter(|property| !is_embedded(home, property)) else {
        return;
    };
    let Err(error) = jdbc_to_sqlx(&property.value, None, None) else { return };
    let Some(place) = home.place(property) else { return };
    let finding = RULE.found(place, error.to_string());
    // `mysql://…`, as other programs write it.
    let scheme =
        ["mysql:", "mariadb:", "postgresql:"].iter().any(|scheme| property.value.starts_with(scheme));
    found.push(match error {
        JdbcError::UnsupportedDatabase(_) | JdbcError::SeveralHosts(_) => {
            finding.note("Openfire may be able to use it; cobnut stops with this message")
        }
        JdbcError::NotJdbc if scheme => {
            let url = format!("jdbc:{}", property.value.replace('&', "&amp;"));
            let fix = home.rewrite(property, &url).map(|edit| Fix::suggestion("put `jdbc:` before it", edit));
            finding.note("Openfire finds no driver for it and does not start").fix(fix)
        }
        _ => finding.note("Openfire cannot connect with it, nor can cobnut"),
    });
}
