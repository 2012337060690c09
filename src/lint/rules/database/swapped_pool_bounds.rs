#![doc = include_str!("swapped_pool_bounds.md")]

use cobnut_diagnostics::{Diagnostic, Severity};
use cobnut_openfire::java_int;

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "swapped-pool-bounds",
    severity: Severity::Warning,
    summary: "the smallest number of connections is above the largest",
    page: include_str!("swapped_pool_bounds.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let property = |name: &str| home.property(&format!("database.defaultProvider.{name}"));
    let (Some(least), Some(most)) = (property("minConnections"), property("maxConnections")) else { return };
    let (Some(fewest), Some(limit)) = (java_int(&least.value), java_int(&most.value)) else { return };
    let (Some(place), Some(most_place)) = (home.place(least), home.place(most)) else { return };
    if fewest > limit {
        found.push(
            RULE.found(place, format!("at least {fewest} connections, but at most {limit}"))
                .label(most_place, "the upper bound")
                .help("5 and 25 are what Openfire's setup writes"),
        );
    }
}
