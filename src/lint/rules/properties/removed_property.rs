#![doc = include_str!("removed_property.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use super::known::{self, PREFIX, Successor};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "removed-property",
    severity: Severity::Warning,
    summary: "Hazelcast does not read this property any more",
    page: include_str!("removed_property.md"),
    check: Check::File(check),
};

/// Properties of 3.x count as removed only where the file or the command line tells of 4.0 or later.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for (name, value) in node.config.properties.iter() {
        let Some(removed) = known::removed(&name.value).filter(|removed| removed.is_gone(cluster, node))
        else {
            continue;
        };
        let message = match removed.gone_in {
            Some(version) => format!("Hazelcast has no property `{}` since {version}", name.value),
            None => format!("Hazelcast has no property `{}`", name.value),
        };
        let finding =
            RULE.at(node, name.span, message).note("it is accepted without any message and has no effect");
        found.push(match removed.successor {
            Successor::Property(tail) => {
                let successor = format!("{PREFIX}{tail}");
                // Two settings of one property would be the next problem.
                if let Some(set) = node.config.properties.value(&successor) {
                    finding
                        .label(node.config.sources.location(set.span), format!("`{successor}` is set here"))
                        .help("remove the old one")
                } else {
                    let edit = Edit::replace(node.config.sources.location(name.span), successor.as_str());
                    finding.fix(Fix::suggestion(format!("write `{successor}`"), edit))
                }
            }
            Successor::Element(_) if value.value.trim() == "false" => {
                finding.help("remove it: what it switches off is off by default")
            }
            Successor::Element(help) => finding.help(help),
            Successor::Nothing => finding.help("remove it: the versions since then do not need it"),
        });
    }
}
