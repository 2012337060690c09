#![doc = include_str!("old_eviction.md")]

use std::collections::BTreeMap;

use cobnut_config::ElementId;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Safety, Severity};

use super::witness::{REFUSED, and_more, because, without};
use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "old-eviction",
    severity: Severity::Error,
    summary: "a map is limited by the elements of Hazelcast 3",
    page: include_str!("old_eviction.md"),
    check: Check::File(check),
};

/// What the size of a near cache counts since 4.0.
const NEAR_CACHE_POLICY: &str = "ENTRY_COUNT";

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let generation = generation(cluster, node);
    if !generation.is_from(4, 0) {
        return;
    }
    let document = &node.config.document;
    let mut holders: BTreeMap<ElementId, Vec<ElementId>> = BTreeMap::new();
    for id in document.ids() {
        let element = document.element(id);
        let is_old = matches!(element.lower_name().as_str(), "max-size" | "eviction-policy");
        let Some(known) = node.places().known(id).filter(|_| is_old) else { continue };
        if let Some(parent) = element.parent.filter(|_| generation.lacks(known.versions)) {
            holders.entry(parent).or_default().push(id);
        }
    }
    let Some((first, old)) = holders.iter().next() else { return };
    let Some(&first_old) = old.first() else { return };
    let Some(known) = node.places().known(first_old) else { return };
    let element = document.element(first_old);
    let message = format!(
        "`<{}>` in `<{}>`{} does not exist since 4.0",
        element.name,
        document.element(*first).name,
        and_more(holders.len())
    );
    let edits = holders.iter().flat_map(|(holder, old)| renewed(node, *holder, old)).collect();
    let finding = RULE.at(node, element.name_span, message);
    found.push(because(node, generation, known.versions, finding).note(REFUSED).fix(Fix {
        description: "write one `<eviction/>` instead".to_owned(),
        safety: Safety::Safe,
        edits,
    }));
}

/// The first old element becomes the new one, the others go.
fn renewed(node: &Node, holder: ElementId, old: &[ElementId]) -> Vec<Edit> {
    let document = &node.config.document;
    let is_near_cache = document.element(holder).lower_name() == "near-cache";
    let text = |name: &str| {
        let id = old.iter().find(|&&id| document.element(id).lower_name() == name)?;
        Some((*id, document.trimmed_text(*id).value))
    };
    let mut attributes = Vec::new();
    if let Some((_, policy)) = text("eviction-policy") {
        attributes.push(format!("eviction-policy=\"{}\"", policy.to_uppercase()));
    }
    if let Some((id, size)) = text("max-size") {
        let policy = document.element(id).attribute("policy").map(|policy| policy.value.value.to_uppercase());
        let policy = match policy.as_deref() {
            _ if is_near_cache => Some(NEAR_CACHE_POLICY),
            // The words of 2.x.
            Some("MAP_SIZE_PER_JVM" | "CLUSTER_WIDE_MAP_SIZE") => Some("PER_NODE"),
            other => other,
        };
        attributes.extend(policy.map(|policy| format!("max-size-policy=\"{policy}\"")));
        attributes.push(format!("size=\"{size}\""));
    }
    let has_new = document
        .element(holder)
        .children
        .iter()
        .any(|&child| document.element(child).lower_name() == "eviction");
    let mut edits = Vec::new();
    for (index, &id) in old.iter().enumerate() {
        edits.push(if index == 0 && !has_new {
            let place = node.config.sources.location(document.element(id).span);
            Edit::replace(place, format!("<eviction {}/>", attributes.join(" ")))
        } else {
            without(node, id)
        });
    }
    edits
}
