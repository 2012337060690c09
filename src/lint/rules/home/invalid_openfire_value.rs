#![doc = include_str!("invalid_openfire_value.md")]

use cobnut_diagnostics::{Diagnostic, Fix, Severity, visible};
use cobnut_openfire::java_int;

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "invalid-openfire-value",
    severity: Severity::Warning,
    summary: "a value of openfire.xml is none that Openfire can read",
    page: include_str!("invalid_openfire_value.md"),
    check: Check::Home(check),
};

const SWITCHES: [&str; 4] = [
    "clustering.enabled",
    "database.defaultProvider.testBeforeUse",
    "database.defaultProvider.testAfterUse",
    "database.mysql.useUnicode",
];
/// Ports, and what counts when the text is no number.
const PORTS: [(&str, &str); 2] = [("adminConsole.port", "9090"), ("adminConsole.securePort", "9091")];
const NUMBERS: [(&str, &str); 4] = [
    ("database.defaultProvider.minConnections", "3"),
    ("database.defaultProvider.maxConnections", "10"),
    ("database.maxRetries", "10"),
    ("database.retryDelay", "250"),
];

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    for name in SWITCHES {
        let Some(property) = home.property(name) else { continue };
        let value = property.value.to_lowercase();
        if matches!(value.as_str(), "true" | "false") {
            continue;
        }
        let message = format!("`{name}` is `{}`, which counts as false", visible(&property.value));
        let finding =
            home.place(property).map(|place| RULE.found(place, message).note("only `true` switches it on"));
        let meant = if matches!(value.as_str(), "yes" | "on" | "1" | "enabled") { "true" } else { "false" };
        let fix = home.rewrite(property, meant).map(|edit| Fix::suggestion(format!("write `{meant}`"), edit));
        found.extend(finding.map(|finding| finding.fix(fix)));
    }
    for (name, default) in PORTS.into_iter().chain(NUMBERS) {
        let Some(property) = home.property(name) else { continue };
        let is_port = name.starts_with("adminConsole");
        let message = match java_int(&property.value) {
            None => format!("`{name}` is no number: Openfire takes {default}"),
            Some(number) if is_port && number > i32::from(u16::MAX) => format!("there is no port {number}"),
            Some(_) => continue,
        };
        let finding = home.place(property).map(|place| RULE.found(place, message));
        let help =
            if is_port { "write a port between 1 and 65535, or -1 for none" } else { "write a whole number" };
        found.extend(finding.map(|finding| finding.help(help)));
    }
}
