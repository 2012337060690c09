#![doc = include_str!("encryption_mismatch.md")]

use cobnut_config::ElementId;
use cobnut_diagnostics::{Diagnostic, Severity, Span};

use super::{first_span, majority};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "encryption-mismatch",
    severity: Severity::Error,
    summary: "some nodes encrypt what the others do not",
    page: include_str!("encryption_mismatch.md"),
    check: Check::Cluster(check),
};

/// What members must have in common, each on its own.
const KINDS: [&str; 3] = ["ssl", "symmetric-encryption", "asymmetric-encryption"];
/// Children of `symmetric-encryption` that make the key.
const KEY_PARTS: [&str; 5] = ["algorithm", "salt", "password", "iteration-count", "key"];

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    for kind in KINDS {
        match majority(cluster, |node| enabled(node, kind).is_some()) {
            Some((usual, others)) => {
                found.extend(others.into_iter().map(|node| one_sided(kind, usual, node)));
            }
            None if kind == "symmetric-encryption" => other_keys(cluster, found),
            None => {}
        }
    }
}

/// The element, if it is enabled.
fn enabled(node: &Node, kind: &str) -> Option<ElementId> {
    let document = &node.config.document;
    written(node, kind).filter(|&id| {
        let flag = document.element(id).attribute("enabled");
        flag.is_some_and(|flag| flag.value.value.trim().eq_ignore_ascii_case("true"))
    })
}

fn written(node: &Node, kind: &str) -> Option<ElementId> {
    let document = &node.config.document;
    let network = document.at_path("hazelcast/network").next();
    let elements: Vec<ElementId> = match network {
        Some(network) => document.element(network).children.clone(),
        None => document.roots().to_vec(),
    };
    elements.into_iter().find(|&id| document.element(id).lower_name() == kind)
}

fn place(node: &Node, kind: &str) -> Option<Span> {
    let document = &node.config.document;
    let element = document.element(written(node, kind)?);
    Some(element.attribute("enabled").map_or(element.name_span, |flag| flag.span))
}

fn one_sided(kind: &str, usual: &Node, node: &Node) -> Diagnostic {
    let (with, without) = if enabled(node, kind).is_some() { (node, usual) } else { (usual, node) };
    let message = format!("{} has `<{kind}>` enabled, {} has not", with.label, without.label);
    let finding = RULE.at(node, place(node, kind).unwrap_or_else(|| first_span(node)), message);
    let finding = match place(usual, kind) {
        Some(span) => finding.label(usual.config.sources.location(span), format!("that of {}", usual.label)),
        None => finding,
    };
    finding
        .note("each takes what the other sends for garbage and closes: two clusters form")
        .help(format!("enable `<{kind}>` on all nodes, or on none"))
}

/// All encrypt: with the same key?
fn other_keys(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    for part in KEY_PARTS {
        let setting = |node: &Node| {
            let document = &node.config.document;
            let children = &document.element(enabled(node, "symmetric-encryption")?).children;
            let child = children.iter().find(|&&child| document.element(child).lower_name() == part)?;
            Some(document.trimmed_text(*child))
        };
        let Some((usual, others)) = majority(cluster, |node| setting(node).map(|text| text.value)) else {
            continue;
        };
        for node in others {
            let message =
                format!("`<{part}>` of the encryption differs between {} and {}", node.label, usual.label);
            let span = setting(node).map(|text| text.span).or_else(|| place(node, "symmetric-encryption"));
            let finding = RULE.at(node, span.unwrap_or_else(|| first_span(node)), message);
            let finding = match setting(usual) {
                Some(text) => finding
                    .label(usual.config.sources.location(text.span), format!("that of {}", usual.label)),
                None => finding,
            };
            found.push(
                finding
                    .note("the nodes cannot read each other: two clusters form")
                    .help("write the same on all nodes"),
            );
        }
    }
}
