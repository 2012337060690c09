#![doc = include_str!("variable_default.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::placeholder::Kind;
use super::stand_in::{finding, stand_ins};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "variable-default",
    severity: Severity::Warning,
    summary: "a variable is written with a default value",
    page: include_str!("variable_default.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (value, placeholder) in stand_ins(node) {
        let Kind::Default { name, default } = &placeholder.kind else { continue };
        let place = value.place(placeholder.range.clone());
        let written = visible(node.config.sources.slice(place));
        let message = format!("`{written}` has a default value, which Hazelcast's variables do not");
        let edit = Edit::replace(node.config.sources.location(place), default.as_str());
        let looked_up = written.trim_start_matches("${").trim_end_matches('}').to_owned();
        let reason = format!(
            "Hazelcast looks for a system property called `{looked_up}`, does not find it and leaves the text as it is"
        );
        let finding = finding(&RULE, cluster, node, (&value, &placeholder), (message, Some(reason)));
        found.push(if default.is_empty() || default.contains(['<', '&', '"', '\'']) || !value.has_places() {
            finding.help(format!("write the value, or `${{{}}}` and set it with `-D`", visible(name)))
        } else {
            finding.fix(Fix::suggestion(format!("write the default value, `{}`", visible(default)), edit))
        });
    }
}
