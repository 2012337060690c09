#![doc = include_str!("clustering_not_enabled.md")]

use cobnut_diagnostics::{Diagnostic, Fix, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "clustering-not-enabled",
    severity: Severity::Warning,
    summary: "clustering is switched on at some nodes only, or at none",
    page: include_str!("clustering_not_enabled.md"),
    check: Check::Homes(check),
};

const SWITCH: &str = "clustering.enabled";

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let homes: Vec<&Home> = cluster.homes().iter().filter(|home| home.openfire.is_some()).collect();
    let is_on = |home: &&Home| home.openfire.as_ref().is_some_and(|openfire| openfire.is_true(SWITCH, false));
    let example = homes.iter().copied().find(is_on);
    let lists_others = |home: &&Home| {
        let join = home.node(cluster).map(|node| &node.config.network.join.tcp_ip);
        join.is_some_and(|tcp_ip| *tcp_ip.enabled && tcp_ip.members().count() > 1)
    };
    for home in homes.iter().filter(|home| !is_on(home) && !is_slip(home)) {
        let why = match example {
            Some(on) => format!("clustering is not switched on in {}, but in {}", home.label, on.label),
            // Nobody has it on: one finding is enough, at a node that should.
            None if homes.len() > 1 && lists_others(home) => {
                "no node has clustering switched on, but the nodes list each other".to_owned()
            }
            None => continue,
        };
        found.extend(finding(home, example, why));
        if example.is_none() {
            return;
        }
    }
}

/// A misspelt name or value has a finding of its own.
fn is_slip(home: &Home) -> bool {
    let Some(openfire) = &home.openfire else { return false };
    let other_name = |name: &str| !matches!(name, "enabled" | "nodeid");
    openfire.value(SWITCH).is_some_and(|value| !value.eq_ignore_ascii_case("false"))
        || openfire.children("clustering").any(|child| other_name(child.last_name()))
}

fn finding(home: &Home, example: Option<&Home>, message: String) -> Option<Diagnostic> {
    let written = home.property(SWITCH);
    let place = written.and_then(|property| home.place(property)).or_else(|| home.root())?;
    let finding = RULE.found(place, message);
    let other = example.and_then(|on| Some((on, on.place(on.property(SWITCH)?)?)));
    let finding = match other {
        Some((on, place)) => finding.label(place, format!("switched on in {}", on.label)),
        None => finding,
    };
    let finding = finding.note(
        "the node runs alone on the shared database: its users and those of the others do not see each other",
    );
    let fix = written
        .and_then(|property| home.rewrite(property, "true"))
        .map(|edit| Fix::suggestion("write `true`", edit));
    Some(match fix {
        Some(fix) => finding.fix(fix),
        None => finding.help(
            "add `<clustering><enabled>true</enabled></clustering>`, or switch it on in the node's console",
        ),
    })
}
