#![doc = include_str!("partition_group_mismatch.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use super::{first_span, majority};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "partition-group-mismatch",
    severity: Severity::Error,
    summary: "two nodes group the copies of data differently",
    page: include_str!("partition_group_mismatch.md"),
    check: Check::Cluster(check),
};

/// What Hazelcast compares: whether it is enabled, how groups are formed, and the groups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Grouping {
    kind: String,
    groups: Vec<Vec<String>>,
}

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    let Some((usual, others)) = majority(cluster, |node| grouping(node).map(|(grouping, _)| grouping)) else {
        return;
    };
    for node in others {
        let place = grouping(node).map_or_else(|| first_span(node), |(_, span)| span);
        let message = format!("{} groups the copies of data differently from {}", node.label, usual.label);
        let finding = RULE.at(node, place, message);
        let finding = match grouping(usual) {
            Some((_, span)) => {
                finding.label(usual.config.sources.location(span), format!("the groups of {}", usual.label))
            }
            None => finding.note(format!("{} has no `<partition-group>` enabled", usual.label)),
        };
        found.push(
            finding
                .note("Hazelcast stops the node that joins last: Incompatible partition groups!")
                .help("write the same `<partition-group>` on all nodes, or on none"),
        );
    }
}

fn grouping(node: &Node) -> Option<(Grouping, Span)> {
    let document = &node.config.document;
    let id = document.at_path("hazelcast/partition-group").next()?;
    let element = document.element(id);
    let enabled =
        element.attribute("enabled").is_some_and(|flag| flag.value.value.trim().eq_ignore_ascii_case("true"));
    let kind = element.attribute("group-type").map_or("PER_MEMBER", |kind| kind.value.value.as_str());
    let mut groups: Vec<Vec<String>> = element
        .children
        .iter()
        .filter(|&&child| document.element(child).lower_name() == "member-group")
        .map(|&group| {
            let members = document.element(group).children.iter();
            let mut members: Vec<String> =
                members.map(|&member| document.trimmed_text(member).value).collect();
            members.sort();
            members
        })
        .collect();
    groups.sort();
    enabled.then(|| (Grouping { kind: kind.to_uppercase(), groups }, document.start_tag(id)))
}
