#![doc = include_str!("embedded_database_in_cluster.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::{PROVIDER, SERVER_URL, is_embedded};
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "embedded-database-in-cluster",
    severity: Severity::Error,
    summary: "a node of a cluster keeps its data in its own folder",
    page: include_str!("embedded_database_in_cluster.md"),
    check: Check::Home(check),
};

fn check(cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(openfire) = &home.openfire else { return };
    let provider =
        home.property(PROVIDER).filter(|class| class.value.ends_with("EmbeddedConnectionProvider"));
    let url = home.property(SERVER_URL).filter(|url| provider.is_none() && is_embedded(home, url));
    let Some(property) = provider.or(url) else { return };
    let switch =
        home.property("clustering.enabled").filter(|_| openfire.is_true("clustering.enabled", false));
    if switch.is_none() && cluster.homes().len() < 2 {
        return;
    }
    let finding =
        RULE.found(openfire.location(property), "the embedded database cannot be shared by the nodes");
    let finding = match switch {
        Some(switch) => finding.label(openfire.location(switch), "clustering is switched on"),
        None => finding,
    };
    found.push(
        finding.note("each node would have accounts and messages of its own").help(
            "move the data to MySQL, MariaDB or PostgreSQL; `cobnut import --hsqldb` reads the old files",
        ),
    );
}
