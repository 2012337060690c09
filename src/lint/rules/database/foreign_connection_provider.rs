#![doc = include_str!("foreign_connection_provider.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::PROVIDER;
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "foreign-connection-provider",
    severity: Severity::Warning,
    summary: "the database is reached in a way that only Java knows",
    page: include_str!("foreign_connection_provider.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(property) = home.property(PROVIDER) else { return };
    let class = property.value.rsplit('.').next().unwrap_or_default();
    if matches!(class, "DefaultConnectionProvider" | "EmbeddedConnectionProvider") {
        return;
    }
    let Some(place) = home.place(property) else { return };
    let message = match home.property("database.JNDIProvider.name") {
        Some(name) if class == "JNDIDataSourceProvider" => {
            format!("the database is the data source `{}` of a Java application server", visible(&name.value))
        }
        _ => format!("`{}` is no connection provider of Openfire's own", visible(class)),
    };
    found.push(
        RULE.found(place, message)
            .note("cobnut cannot ask a Java server for the database, and stops")
            .help("write `org.jivesoftware.database.DefaultConnectionProvider`, and the URL in `database.defaultProvider`"),
    );
}
