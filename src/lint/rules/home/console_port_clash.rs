#![doc = include_str!("console_port_clash.md")]

use cobnut_diagnostics::{Diagnostic, Location, Severity};
use cobnut_openfire::java_int;

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "console-port-clash",
    severity: Severity::Error,
    summary: "the console wants a port that something else has",
    page: include_str!("console_port_clash.md"),
    check: Check::Home(check),
};

/// What Openfire's other ports are for, unless its database says otherwise.
const OTHERS: [(i32, &str); 9] = [
    (5222, "clients"),
    (5223, "clients, with TLS"),
    (5269, "other servers"),
    (5270, "other servers, with TLS"),
    (5275, "external components"),
    (5276, "external components, with TLS"),
    (7070, "web clients"),
    (7443, "web clients, with TLS"),
    (7777, "file transfers"),
];
const PLAIN: (&str, i32) = ("adminConsole.port", 9090);
const SECURE: (&str, i32) = ("adminConsole.securePort", 9091);

fn check(cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(openfire) = &home.openfire else { return };
    let port = |(name, default): (&str, i32)| {
        home.property(name).and_then(|property| java_int(&property.value)).unwrap_or(default)
    };
    let node = home.node(cluster);
    for this in [PLAIN, SECURE] {
        let Some(property) = home.property(this.0) else { continue };
        let number = port(this);
        let place = openfire.location(property);
        if let Some((_, what)) = OTHERS.iter().find(|(other, _)| *other == number) {
            found.push(finding(place, number, &format!("Openfire's port for {what}"), None));
        } else if this == SECURE && number > 0 && number == port(PLAIN) {
            let other = home.property(PLAIN.0).map(|property| openfire.location(property));
            found.push(finding(place, number, "the console's port without TLS", other));
        } else if this == PLAIN && number == SECURE.1 && home.property(SECURE.0).is_none() {
            found.push(finding(
                place,
                number,
                "the console's port with TLS, as nothing else is written for it",
                None,
            ));
        } else if let Some(node) = node.filter(|node| i32::from(*node.config.network.port.number) == number) {
            let span = node.config.network.port.number.span;
            let other = span.map(|span| node.config.sources.location(span));
            found.push(finding(place, number, "the port of the cluster members", other));
        }
    }
}

fn finding(place: Location, number: i32, what: &str, other: Option<Location>) -> Diagnostic {
    let finding = RULE.found(place, format!("{number} is also {what}"));
    let finding = match other {
        Some(place) => finding.label(place, "the other one"),
        None => finding,
    };
    finding
        .note("only one of the two can open it")
        .help("take another port; 9090 and 9091 are usual for the console")
}
