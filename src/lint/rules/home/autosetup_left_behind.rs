#![doc = include_str!("autosetup_left_behind.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "autosetup-left-behind",
    severity: Severity::Warning,
    summary: "the automatic setup is still in the file of a finished node",
    page: include_str!("autosetup_left_behind.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(openfire) = home.openfire.as_ref().filter(|openfire| openfire.is_true("setup", false)) else {
        return;
    };
    let Some(block) = openfire.element("autosetup").filter(|block| block.has_children) else { return };
    let finding =
        RULE.found(openfire.source().location(block.name_span), "the automatic setup is still here");
    found.push(
        match openfire.get("autosetup.admin.password") {
            Some(password) => {
                finding.label(openfire.location(password), "the administrator's password, in clear text")
            }
            None => finding,
        }
        .help("remove the whole block"),
    );
}
