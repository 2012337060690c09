#![doc = include_str!("group_instead_of_cluster_name.md")]

use cobnut_config::ElementId;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use super::witness::{because, without};
use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "group-instead-of-cluster-name",
    severity: Severity::Error,
    summary: "a file for Hazelcast 4 or later names the cluster by <group>",
    page: include_str!("group_instead_of_cluster_name.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let Some(group) = document.at_path("hazelcast/group").next() else { return };
    let generation = generation(cluster, node);
    if !generation.is_from(4, 0) {
        return;
    }
    let Some(known) = node.places().known(group) else { return };
    let element = document.element(group);
    let finding = RULE.at(
        node,
        element.name_span,
        "`<group>` does not exist since 4.0: the cluster's name is `<cluster-name>`",
    );
    let finding = because(node, generation, known.versions, finding)
        .note("Hazelcast refuses the file, and Openfire says \"Unable to start clustering - continuing in local mode\"")
        .note("cobnut takes its name for the name of the cluster");
    found.push(match document.at_path("hazelcast/cluster-name").next() {
        Some(name) => finding
            .label(
                node.config.sources.location(document.element(name).name_span),
                "the name stands here already",
            )
            .fix(Fix::suggestion("remove `<group>`", without(node, group))),
        None => match name(node, group) {
            Some(name) => {
                let new = format!("<cluster-name>{name}</cluster-name>");
                let edit = Edit::replace(node.config.sources.location(element.span), new.as_str());
                finding.fix(Fix::safe(format!("write `{new}`"), edit))
            }
            None => finding.fix(Fix::suggestion("remove it", without(node, group))),
        },
    });
}

/// The name as it is written, references included.
fn name(node: &Node, group: ElementId) -> Option<String> {
    let document = &node.config.document;
    let children = &document.element(group).children;
    let name = children.iter().find(|&&child| document.element(child).lower_name() == "name")?;
    let text = document.trimmed_text(*name);
    let written = node.config.sources.slice(text.span).to_owned();
    (!text.value.is_empty() && !written.contains('<')).then_some(written)
}
