#![doc = include_str!("misspelt_openfire_property.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Safety, Severity};
use cobnut_openfire::{Property, system_properties};

use crate::distance::{distance, nearest};
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "misspelt-openfire-property",
    severity: Severity::Warning,
    summary: "a property of openfire.xml is misspelt",
    page: include_str!("misspelt_openfire_property.md"),
    check: Check::Home(check),
};

/// What may stand below an element; the first column is its dotted name, empty for the root.
const CHILDREN: [(&str, &[&str]); 7] = [
    (
        "",
        &[
            "adminConsole",
            "network",
            "locale",
            "setup",
            "fqdn",
            "clustering",
            "connectionProvider",
            "database",
            "autosetup",
        ],
    ),
    (
        "adminConsole",
        &[
            "port",
            "securePort",
            "interface",
            "serverThreads",
            "authorizedUsernames",
            "sessionTimeout",
            "access",
        ],
    ),
    ("network", &["interface"]),
    ("clustering", &["enabled", "nodeid"]),
    ("connectionProvider", &["className"]),
    ("database", &["defaultProvider", "mysql", "JNDIProvider", "maxRetries", "retryDelay"]),
    (
        "database.defaultProvider",
        &[
            "driver",
            "serverURL",
            "username",
            "password",
            "minConnections",
            "maxConnections",
            "connectionTimeout",
            "testSQL",
            "testBeforeUse",
            "testAfterUse",
            "testTimeout",
            "maxWaitTime",
            "timeBetweenEvictionRuns",
            "minIdleTime",
        ],
    ),
];
/// Names that are not longer may differ from others in one letter and mean something.
const SHORT: usize = 4;
/// Elements of the root that other parts of Openfire read, and that look like one of the above.
const OTHERS: [&str; 12] =
    ["xmpp", "provider", "ldap", "plugin", "cache", "log", "mail", "sasl", "route", "user", "setup", "cert"];

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(openfire) = &home.openfire else { return };
    for property in openfire {
        let (parent, name) = property.name.rsplit_once('.').unwrap_or(("", &property.name));
        let Some(meant) = meant(property, parent, name) else { continue };
        let whole = if parent.is_empty() { meant.to_owned() } else { format!("{parent}.{meant}") };
        let place = |span| openfire.source().location(span);
        let mut edits = vec![Edit::replace(place(property.name_span), meant)];
        let text = openfire.source().slice(property.span);
        if let Some(at) = text.rfind("</").filter(|at| text[at + 2..].starts_with(name)) {
            let start = property.span.start + at + 2;
            edits.push(Edit::replace(place((start..start + name.len()).into()), meant));
        }
        let description = format!("rename it to `<{meant}>`");
        found.push(
            RULE.found(place(property.name_span), format!("Openfire never reads `{}`", property.name))
                .here(format!("`{whole}` may be meant"))
                .note("an unknown element has no effect, and Openfire says nothing")
                .fix(Fix { description, safety: Safety::Suggestion, edits }),
        );
    }
}

/// The last part of the name that was probably meant.
fn meant(property: &Property, parent: &str, name: &str) -> Option<&'static str> {
    if let Some((_, known)) = CHILDREN.iter().find(|(known, _)| *known == parent) {
        let is_known = known.contains(&name) || parent.is_empty() && OTHERS.contains(&name);
        return if is_known { None } else { nearest(name, known.iter().copied()) };
    }
    // A system property that Openfire is to move to its database; there are many, and some differ in two letters only.
    if property.has_children || system_properties::find(&property.name).is_some() {
        return None;
    }
    let siblings = system_properties::all().filter_map(|known| known.name.rsplit_once('.'));
    let mut near = siblings.filter(|(above, last)| *above == parent && distance(last, name) == 1);
    near.next().filter(|_| near.next().is_none() && name.len() > SHORT).map(|(_, last)| last)
}
