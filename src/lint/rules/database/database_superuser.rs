#![doc = include_str!("database_superuser.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{SERVER_URL, USER, is_embedded};
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "database-superuser",
    severity: Severity::Warning,
    summary: "the server logs in to the database as its administrator",
    page: include_str!("database_superuser.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let url = home.property(SERVER_URL);
    let Some(property) = home.property(USER).filter(|_| !url.is_some_and(|url| is_embedded(home, url)))
    else {
        return;
    };
    let user = home.clear_text(USER).filter(|user| matches!(user.as_str(), "root" | "postgres" | "sa"));
    let (Some(user), Some(place)) = (user, home.place(property)) else { return };
    found.push(
        RULE.found(place, format!("the database user is `{user}`, who may do everything"))
            .note("whoever gets into the server has all databases of that machine")
            .help("create a user with rights on this one database, and write that name"),
    );
}
