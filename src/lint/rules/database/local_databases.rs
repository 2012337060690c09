#![doc = include_str!("local_databases.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{SERVER_URL, database, place};
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "local-databases",
    severity: Severity::Error,
    summary: "each node uses the database of its own machine",
    page: include_str!("local_databases.md"),
    check: Check::Homes(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let local =
        cluster.homes().iter().filter(|home| database(home).is_some_and(|database| database.is_local()));
    // Several nodes on one machine may well share its database.
    let is_elsewhere = |home: &&Home| {
        home.node(cluster).and_then(crate::Node::own_address).is_none_or(|(own, _)| !own.is_loopback())
    };
    let mut local = local.filter(is_elsewhere);
    let Some(first) = local.next() else { return };
    for home in local {
        let (Some(here), Some(there)) = (place(home, SERVER_URL), place(first, SERVER_URL)) else { continue };
        let own = |home: &Home| home.node(cluster).and_then(crate::Node::own_address).map(|(own, _)| own);
        if own(home).is_some() && own(home) == own(first) {
            continue;
        }
        let message =
            format!("{} and {} each use the database of their own machine", first.label, home.label);
        let finding = RULE.found(here, message).label(there, format!("the machine of {}", first.label)).note(
            "these are two databases: the nodes know different users and messages, and cannot be one cluster",
        );
        found.push(match own(first) {
            Some(address) => {
                finding.help(format!("if the database is on {}, write {address} here", first.label))
            }
            None => finding.help("write the address of the one machine that has the database, on all nodes"),
        });
    }
}
