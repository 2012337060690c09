#![doc = include_str!("cluster_name_mismatch.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "cluster-name-mismatch",
    severity: Severity::Error,
    summary: "two nodes have different cluster names",
    page: include_str!("cluster_name_mismatch.md"),
    check: Check::Cluster(check),
};

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let Some(majority) = majority(cluster) else { return };
    let expected = &majority.config.cluster_name;
    for node in cluster.nodes() {
        let name = &node.config.cluster_name;
        if name.value == expected.value {
            continue;
        }
        let message = format!(
            "the cluster of {} is called `{}`, that of {} `{}`",
            node.label,
            visible(name),
            majority.label,
            visible(expected)
        );
        let mut finding = RULE.at(node, place(node), message);
        if let Some(span) = expected.span {
            finding = finding
                .label(majority.config.sources.location(span), format!("the name in {}", majority.label));
        }
        let finding =
            finding.note("members with different cluster names refuse each other: two clusters form");
        found.push(match name.span {
            Some(span) => {
                let edit = Edit::replace(node.config.sources.location(span), expected.value.as_str());
                finding.fix(Fix::suggestion(format!("write `{}`", expected.value), edit))
            }
            None => finding.help(format!(
                "this file does not name its cluster; add `{}` as in the other file",
                expected.value
            )),
        });
    }
}

/// The first node with the name that most nodes have.
fn majority(cluster: &Cluster) -> Option<&Node> {
    let count = |node: &Node| {
        cluster
            .nodes()
            .iter()
            .filter(|other| other.config.cluster_name.value == node.config.cluster_name.value)
            .count()
    };
    // Of equals, a written name beats the default, and then the first counts.
    cluster.nodes().iter().rev().max_by_key(|node| (count(node), node.config.cluster_name.span.is_some()))
}

fn place(node: &Node) -> Span {
    let document = &node.config.document;
    let root = document.roots().first().map(|&root| document.element(root).name_span);
    node.config.cluster_name.span.or(root).unwrap_or_default()
}
