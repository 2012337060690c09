#![doc = include_str!("unreachable_database.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Answer, Check, Cluster, Probed, Rule, Service};

/// Where `openfire.xml` has the URL.
const SERVER_URL: &str = "database.defaultProvider.serverURL";

pub(crate) static RULE: Rule = Rule {
    name: "unreachable-database",
    severity: Severity::Error,
    summary: "the database server cannot be reached from this machine",
    page: include_str!("unreachable_database.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    for server in &probed.databases {
        let Some(home) = cluster.homes().iter().find(|home| home.label == server.node) else { continue };
        let Some((url, place)) = home.property(SERVER_URL).and_then(|url| Some((url, home.place(url)?)))
        else {
            continue;
        };
        let message = match &server.answer {
            Some(answer) if is_meant(&url.value, answer) => continue,
            Some(answer) => format!("the database server {} {}", server.place, answer.words()),
            None => format!("no address is found for the database server {}", server.place),
        };
        found.push(
            RULE.found(place, message)
                .note("the server does not start without its database")
                .help("`cobnut check` also logs in and looks at the tables; this only asked who is there"),
        );
    }
}

/// Whether the answer is that of the server that the URL asks for.
fn is_meant(url: &str, answer: &Answer) -> bool {
    match answer {
        Answer::Service(Service::MySql(_)) => !url.contains("postgres"),
        Answer::Service(Service::Postgres) => url.contains("postgres"),
        _ => false,
    }
}
