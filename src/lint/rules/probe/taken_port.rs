#![doc = include_str!("taken_port.md")]

use cobnut_diagnostics::{Diagnostic, Location, Severity};

use super::anchor;
use crate::{Answer, Check, Cluster, LocalPort, PortState, Probed, Purpose, Rule, Service};

pub(crate) static RULE: Rule = Rule {
    name: "taken-port",
    severity: Severity::Warning,
    summary: "a port that the node needs is taken",
    page: include_str!("taken_port.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    for port in &probed.ports {
        let Some(place) = place(cluster, port) else { continue };
        let finding = match &port.state {
            PortState::Free => continue,
            PortState::Denied(error) => denied(place, port, error),
            PortState::Taken(answer) if is_ours(port.purpose, answer) => running(place, port, answer),
            PortState::Taken(answer) => taken(cluster, place, port, answer),
        };
        found.push(finding);
    }
}

fn denied(place: Location, port: &LocalPort, error: &str) -> Diagnostic {
    let message = format!("{} for {} cannot be had: {error}", port.address, port.purpose.words());
    RULE.found(place, message)
        .help("ports below 1024 take the right to bind them; and the address must be this machine's")
}

fn running(place: Location, port: &LocalPort, answer: &Answer) -> Diagnostic {
    let message = format!("{}, the port of {}, {}", port.address, port.purpose.words(), answer.words());
    RULE.found(place, message)
        .with_severity(Severity::Info)
        .note("a server already runs here: fine if it is this node, or the one that it is going to replace")
}

fn taken(cluster: &Cluster, place: Location, port: &LocalPort, answer: &Answer) -> Diagnostic {
    let holder = match answer {
        Answer::Service(_) => answer.words(),
        Answer::Refused | Answer::TimedOut | Answer::Failed(_) => "is held by another program".to_owned(),
    };
    let message = format!("{}, the port of {}, {holder}", port.address, port.purpose.words());
    let finding = RULE.found(place, message);
    let node = cluster.nodes().iter().find(|node| node.label == port.node);
    let goes_on = node.is_some_and(|node| *node.config.network.port.auto_increment);
    if port.purpose != Purpose::Mesh {
        return finding
            .note(format!("the node cannot serve {} on it", port.purpose.words()))
            .help("stop the other program, or give one of them another port");
    }
    if goes_on {
        let next = port.address.port().saturating_add(1);
        return finding
            .note(format!(
                "the node takes {next} or a later port, where members that list this one do not look"
            ))
            .help("stop the other program, or configure another port on all nodes");
    }
    finding
        .with_severity(Severity::Error)
        .note("auto-increment is off: the node cannot start its cluster")
        .help("stop the other program, or configure another port on all nodes")
}

fn is_ours(purpose: Purpose, answer: &Answer) -> bool {
    match purpose {
        Purpose::Mesh => answer.is_member(),
        Purpose::Clients | Purpose::Servers => matches!(answer, Answer::Service(Service::Xmpp)),
        Purpose::Console => matches!(answer, Answer::Service(Service::Http(_))),
    }
}

/// The element that gives the port, else the file.
fn place(cluster: &Cluster, port: &LocalPort) -> Option<Location> {
    let home = cluster.homes().iter().find(|home| home.label == port.node);
    let console = home.filter(|_| port.purpose == Purpose::Console);
    let written = console.and_then(|home| home.place(home.property("adminConsole.port")?));
    let node = cluster.nodes().iter().find(|node| node.label == port.node);
    let configured = node.map(|node| {
        let number = node.config.network.port.number.span.filter(|_| port.purpose == Purpose::Mesh);
        node.config.sources.location(number.unwrap_or_else(|| anchor(node)))
    });
    written.or_else(|| home.filter(|_| port.purpose != Purpose::Mesh)?.root()).or(configured)
}
