#![doc = include_str!("one_time_token_left.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "one-time-token-left",
    severity: Severity::Warning,
    summary: "whoever knows a token may log in to the console",
    page: include_str!("one_time_token_left.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(property) = home.property("oneTimeAccessToken") else { return };
    let Some(place) = home.place(property) else { return };
    found.push(
        RULE.found(place, "whoever knows this token is administrator")
            .note("Openfire's console asks for the token instead of name and password")
            .help("remove the element once the password is set"),
    );
}
