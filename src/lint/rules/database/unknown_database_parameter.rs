#![doc = include_str!("unknown_database_parameter.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span, visible};
use cobnut_openfire::{ParameterEffect, jdbc_to_sqlx};

use super::SERVER_URL;
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unknown-database-parameter",
    severity: Severity::Info,
    summary: "cobnut does not know a parameter of the database URL",
    page: include_str!("unknown_database_parameter.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(property) = home.property(SERVER_URL) else { return };
    let (Ok(url), Some(openfire)) = (jdbc_to_sqlx(&property.value, None, None), &home.openfire) else {
        return;
    };
    let text = openfire.source().slice(property.value_span);
    for parameter in url.parameters.iter().filter(|parameter| parameter.effect == ParameterEffect::Unknown) {
        let span = match text.find(&parameter.name) {
            Some(at) => {
                let start = property.value_span.start + at;
                Span::new(start, start + parameter.name.len())
            }
            None => property.value_span,
        };
        found.push(
            RULE.found(
                openfire.source().location(span),
                format!("cobnut does not know `{}`", visible(&parameter.name)),
            )
            .note("it is left out; the Java driver may know it"),
        );
    }
}
