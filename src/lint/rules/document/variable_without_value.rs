#![doc = include_str!("variable_without_value.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::placeholder::Kind;
use super::stand_in::{finding, has_value, stand_ins};
use crate::values::Use;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "variable-without-value",
    severity: Severity::Warning,
    summary: "a variable has no value here",
    page: include_str!("variable_without_value.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let replacers = node.config.document.at_path("hazelcast/config-replacers").next();
    let may_fail = replacers.is_some_and(|id| {
        let replacers = node.config.document.element(id);
        replacers.attribute("fail-if-value-missing").is_none_or(|fails| fails.value.value != "false")
    });
    for (value, placeholder) in stand_ins(node) {
        let Kind::Variable(name) = &placeholder.kind else { continue };
        // Members have a rule of their own.
        if has_value(node, &placeholder.kind) || value.usage() == Use::Member {
            continue;
        }
        let name = visible(name);
        let message = format!("the variable `${{{name}}}` of {} has no value here", value.name());
        let warning = if may_fail {
            "with `<config-replacers>` in the file Hazelcast then does not start".to_owned()
        } else {
            format!(
                "without one Hazelcast warns \"Could not find a replacement for '${{{name}}}'\" and leaves the text as it is"
            )
        };
        let reason = format!(
            "values come from Java's system properties (`-D{name}=…`), never from the environment; {warning}"
        );
        found.push(
            finding(&RULE, cluster, node, (&value, &placeholder), (message, Some(reason)))
                .help("write the value: cobnut has no Java system properties"),
        );
    }
}
