#![doc = include_str!("cp_subsystem_without_license.md")]

use cobnut_config::parse_int;
use cobnut_diagnostics::{Diagnostic, Fix, Severity};

use super::witness::without;
use crate::generation::{Basis, generation};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "cp-subsystem-without-license",
    severity: Severity::Error,
    summary: "the CP subsystem is switched on, which needs a licence since 5.4",
    page: include_str!("cp_subsystem_without_license.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let Some(count) = document.at_path("hazelcast/cp-subsystem/cp-member-count").next() else { return };
    let text = document.trimmed_text(count);
    let has_license = document.at_path("hazelcast/license-key").next().is_some();
    let generation = generation(cluster, node);
    if has_license || parse_int(&text.value).is_none_or(|count| count <= 0) || !generation.is_from(5, 4) {
        return;
    }
    let Some(subsystem) = document.element(count).parent else { return };
    let finding = RULE
        .at(node, document.element(subsystem).name_span, "`<cp-subsystem>` needs a licence since 5.4")
        .label(node.config.sources.location(text.span), "switched on here")
        .note("Hazelcast does not start without one; Openfire then runs on without a cluster")
        .note("the Openfire plugin 3.0 had it in its files and never used it; its version 5.5 does without");
    let finding = match (generation.basis, generation.location) {
        (Basis::Target, _) => {
            finding.note(format!("the file is checked for {}, as asked for", generation.name()))
        }
        (_, Some((version, span))) => finding
            .label(node.config.sources.location(span), format!("the file says that it is for {version}")),
        _ => finding,
    };
    found.push(finding.fix(Fix::suggestion("remove it", without(node, subsystem))));
}
