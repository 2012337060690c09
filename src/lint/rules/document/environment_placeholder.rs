#![doc = include_str!("environment_placeholder.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::placeholder::Kind;
use super::stand_in::{finding, stand_ins};
use crate::values::Use;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "environment-placeholder",
    severity: Severity::Warning,
    summary: "a variable of a shell or of another tool was not replaced",
    page: include_str!("environment_placeholder.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (value, placeholder) in stand_ins(node) {
        let Kind::Foreign(name) = &placeholder.kind else { continue };
        let written = visible(value.text.get(placeholder.range.clone()).unwrap_or_default());
        // A password may be anything, but for the braces that only templates have.
        if value.usage() == Use::Secret && !written.starts_with("{{") {
            continue;
        }
        let message = format!("`{written}` in {} was not replaced by a value", value.name());
        let help = if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            format!(
                "let the tool that knows `{}` write the file before the node starts, or write the value",
                visible(name)
            )
        } else {
            "let the tool that knows it write the file before the node starts, or write the value".to_owned()
        };
        let reason = "Hazelcast knows only `${name}`, and takes its value from Java's system properties, not from the \
                      environment";
        let texts = (message, Some(reason.to_owned()));
        found.push(finding(&RULE, cluster, node, (&value, &placeholder), texts).help(help));
    }
}
