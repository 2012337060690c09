#![doc = include_str!("unsupported_provider.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unsupported-provider",
    severity: Severity::Warning,
    summary: "users or groups come from elsewhere than Openfire's tables",
    page: include_str!("unsupported_provider.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(openfire) = &home.openfire else { return };
    for property in openfire.iter().filter(|property| property.is_first) {
        let kind = property.name.strip_prefix("provider.").and_then(|name| name.strip_suffix(".className"));
        let class = property.value.rsplit('.').next().unwrap_or_default();
        let Some(kind) = kind.filter(|_| !class.is_empty() && !class.starts_with("Default")) else {
            continue;
        };
        found.push(
            RULE.found(openfire.location(property), format!("`{}` is {class}", property.name))
                .note(format!("cobnut takes `{kind}` from Openfire's own tables, and refuses to start with another provider"))
                .help("stay with Openfire on this installation, or copy the accounts to its tables first"),
        );
    }
}
