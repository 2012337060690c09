#![doc = include_str!("malformed_variable.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::placeholder::Kind;
use super::stand_in::{finding, stand_ins};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "malformed-variable",
    severity: Severity::Warning,
    summary: "a variable has no end, or stands inside another",
    page: include_str!("malformed_variable.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (value, placeholder) in stand_ins(node) {
        let place = value.place(placeholder.range.clone());
        let written = visible(node.config.sources.slice(place));
        let (message, reason, help) = match placeholder.kind {
            Kind::Unclosed => (
                format!("the variable `{written}` has no closing brace"),
                "Hazelcast warns \"Could not find a closing curly bracket '}'\" and leaves the text as it is",
                "add the `}`, or write the value",
            ),
            Kind::Nested => (
                format!("`{written}` has a variable inside a variable"),
                "for Hazelcast the first `}` ends the outer one, whose name then is no name",
                "use one variable, or write the value",
            ),
            _ => continue,
        };
        let texts = (message, Some(reason.to_owned()));
        found.push(finding(&RULE, cluster, node, (&value, &placeholder), texts).help(help));
    }
}
