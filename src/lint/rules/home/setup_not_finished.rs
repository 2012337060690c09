#![doc = include_str!("setup_not_finished.md")]

use cobnut_diagnostics::{Diagnostic, Fix, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "setup-not-finished",
    severity: Severity::Warning,
    summary: "the setup of a node is not finished",
    page: include_str!("setup_not_finished.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(openfire) = &home.openfire else { return };
    if openfire.is_true("setup", false) || openfire.is_true("autosetup.run", false) {
        return;
    }
    let written = home.property("setup");
    let Some(place) = written.and_then(|property| home.place(property)).or_else(|| home.root()) else {
        return;
    };
    let finding = RULE.found(place, "the setup is not finished").note(
        "Openfire serves no clients, and lets whoever opens its console first choose the administrator",
    );
    let fix = written.and_then(|property| home.rewrite(property, "true"));
    found.push(match fix {
        Some(edit) => finding.fix(Fix::suggestion("write `true`", edit)),
        None => finding.help(
            "finish the setup in the console; if this node was set up before, add `<setup>true</setup>`",
        ),
    });
}
