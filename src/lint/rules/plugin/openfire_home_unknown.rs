#![doc = include_str!("openfire_home_unknown.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

/// The variable that Openfire sets before it starts the cluster.
const VARIABLE: &str = "openfireHome";

pub(crate) static RULE: Rule = Rule {
    name: "openfire-home-unknown",
    severity: Severity::Info,
    summary: "${openfireHome} is not known, so the local file was not looked at",
    page: include_str!("openfire_home_unknown.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    if node.input.variables.iter().any(|(name, _)| name == VARIABLE) {
        return;
    }
    let written = format!("${{{VARIABLE}}}");
    for import in node.config.imports.iter().filter(|import| import.value.contains(&written)) {
        found.push(
            RULE.at(
                node,
                import.span,
                format!("`{written}` is not known here, so the import was not followed"),
            )
            .note("in Openfire it is the folder that Openfire lives in, and the import is found")
            .help("check the whole Openfire folder instead of this file, or name it with `--openfire-home`"),
        );
    }
}
