#![doc = include_str!("database_mismatch.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{Database, SERVER_URL, database, place};
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "database-mismatch",
    severity: Severity::Error,
    summary: "two nodes use different databases",
    page: include_str!("database_mismatch.md"),
    check: Check::Homes(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let databases: Vec<(&Home, Database)> =
        cluster.homes().iter().filter_map(|home| Some((home, database(home)?))).collect();
    // Of equals, one that is named by an address that others can use is the one that is meant.
    let shared = databases.iter().find(|(_, database)| !database.is_local());
    let Some((first, expected)) = shared.or_else(|| databases.first()) else { return };
    for (home, database) in databases.iter().filter(|(home, _)| !std::ptr::eq(*home, *first)) {
        let what = if database.family != expected.family {
            "is of another kind"
        } else if database.name != expected.name {
            "has another name"
        } else if hosts_differ(cluster, (home, database), (first, expected)) {
            "is on another machine"
        } else if database.port != expected.port {
            "has another port"
        } else {
            continue;
        };
        let message = format!("the database of {} {what} than that of {}", home.label, first.label);
        let places = (place(home, SERVER_URL), place(first, SERVER_URL));
        let (Some(here), Some(there)) = places else { continue };
        let finding =
            RULE.found(here, message).label(there, format!("the database of {}", first.label)).note(
                "nodes on different databases know different users and messages: they cannot be one cluster",
            );
        found.push(if database.is_local() {
            finding.help(format!("`{}` is this node's own machine; write {}", database.host, expected.host))
        } else {
            finding.help("write the same server, port and database on all nodes")
        });
    }
}

/// Whether two hosts are certainly different machines; a name may stand for any address.
fn hosts_differ(cluster: &Cluster, one: (&Home, &Database), other: (&Home, &Database)) -> bool {
    let host = |(home, database): (&Home, &Database)| {
        if !database.is_local() {
            return Some(database.host.clone());
        }
        home.node(cluster)?.own_address().map(|(own, _)| own.to_string())
    };
    // Two local ones are judged by another rule.
    if one.1.is_local() && other.1.is_local() {
        return false;
    }
    let is_address = |host: &str| host.parse::<IpAddr>().is_ok();
    match (host(one), host(other)) {
        (Some(one), Some(other)) => is_address(&one) == is_address(&other) && one != other,
        _ => false,
    }
}
