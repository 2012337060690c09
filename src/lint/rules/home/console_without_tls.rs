#![doc = include_str!("console_without_tls.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Fix, Severity};
use cobnut_openfire::java_int;

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "console-without-tls",
    severity: Severity::Warning,
    summary: "the console is open to the network, and only without TLS",
    page: include_str!("console_without_tls.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let number = |name: &str| home.property(name).and_then(|property| java_int(&property.value));
    let interface = home.property("adminConsole.interface").or_else(|| home.property("network.interface"));
    let is_local = interface.is_some_and(|property| {
        let text = property.value.as_str();
        text.eq_ignore_ascii_case("localhost")
            || text.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    });
    let is_plain = number("adminConsole.port").is_none_or(|port| port > 0);
    let Some(secure) = home.property("adminConsole.securePort") else { return };
    if is_local || !is_plain || java_int(&secure.value).is_none_or(|port| port > 0) {
        return;
    }
    let Some(place) = home.place(secure) else { return };
    let finding = RULE.found(place, "the console has no port with TLS, but is open to the network");
    let finding = match interface.and_then(|property| home.place(property)) {
        Some(place) => finding.label(place, "it listens here"),
        None => {
            finding.note("no `adminConsole.interface` is given, which means all addresses of the machine")
        }
    };
    let fix = home.rewrite(secure, "9091").map(|edit| Fix::suggestion("write `9091`", edit));
    found.push(finding.note("the administrator's password can be read on the way").fix(fix));
}
