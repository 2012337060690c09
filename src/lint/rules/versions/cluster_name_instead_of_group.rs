#![doc = include_str!("cluster_name_instead_of_group.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use super::witness::{because, without};
use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "cluster-name-instead-of-group",
    severity: Severity::Error,
    summary: "a file for Hazelcast 3 names the cluster by <cluster-name>",
    page: include_str!("cluster_name_instead_of_group.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let Some(id) = document.at_path("hazelcast/cluster-name").next() else { return };
    let generation = generation(cluster, node);
    if !generation.is_before(4, 0) {
        return;
    }
    let Some(known) = node.places().known(id) else { return };
    let element = document.element(id);
    let finding = RULE.at(
        node,
        element.name_span,
        "`<cluster-name>` exists since 4.0 only: up to 3.12 the name stands in `<group>`",
    );
    let finding = because(node, generation, known.versions, finding)
        .note("Hazelcast refuses the file, and Openfire says \"Unable to start clustering - continuing in local mode\"")
        .note("cobnut knows both");
    if let Some(group) = document.at_path("hazelcast/group").next() {
        let place = node.config.sources.location(document.element(group).name_span);
        let fix = Fix::suggestion("remove `<cluster-name>`", without(node, id));
        found.push(finding.label(place, "the name stands here already").fix(fix));
        return;
    }
    let name = document.trimmed_text(id);
    let written = node.config.sources.slice(name.span);
    found.push(if name.value.is_empty() || written.contains('<') {
        finding.help("write `<group><name>…</name></group>`")
    } else {
        let new = format!("<group><name>{written}</name></group>");
        let edit = Edit::replace(node.config.sources.location(element.span), new.as_str());
        finding.fix(Fix::suggestion(format!("write `{new}`"), edit))
    });
}
