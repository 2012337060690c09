#![doc = include_str!("refused_openfire_setting.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};
use cobnut_openfire::system_properties;

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "refused-openfire-setting",
    severity: Severity::Warning,
    summary: "the node has a setting that stops cobnut",
    page: include_str!("refused_openfire_setting.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(openfire) = &home.openfire else { return };
    for property in openfire.iter().filter(|property| property.is_first && !property.has_children) {
        let reason = system_properties::find(&property.name).and_then(|known| known.refusal(&property.value));
        let Some(reason) = reason else { continue };
        let message = format!("`{}` is `{}`", property.name, visible(&property.value));
        found.push(
            RULE.found(openfire.location(property), message)
                .note(format!("cobnut refuses to start with it: {reason}"))
                .help("stay with Openfire on this installation, or change the setting there first"),
        );
    }
}
