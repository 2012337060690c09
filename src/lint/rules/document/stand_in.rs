//! What the rules about placeholders share: where they look, and what follows from a text that is no value.

use cobnut_config::{ElementId, JoinerKind};
use cobnut_diagnostics::{Diagnostic, Span};

use super::placeholder::{Kind, Placeholder, placeholders};
use crate::values::{Use, Value, values};
use crate::{Cluster, Node, Rule, consequence};

/// All placeholders of a file, with the values that they stand in.
pub(super) fn stand_ins(node: &Node) -> impl Iterator<Item = (Value<'_>, Placeholder)> {
    values(&node.config.document).flat_map(move |value| {
        let found = placeholders(value.text).into_iter();
        // What a cloud joiner asks for has a rule of its own.
        let is_judged = move |found: &Placeholder| match found.kind {
            Kind::Foreign(_) | Kind::Gap => !is_below_joiner(node, value.element),
            _ => true,
        };
        found.filter(is_judged).map(move |placeholder| (value, placeholder))
    })
}

fn is_below_joiner(node: &Node, id: ElementId) -> bool {
    let document = &node.config.document;
    std::iter::successors(Some(id), |&id| document.element(id).parent)
        .any(|id| JoinerKind::from_name(&document.element(id).lower_name()).is_some())
}

/// A finding at a placeholder: the message, why Hazelcast does not know a value, and what it makes of the text.
pub(super) fn finding(
    rule: &Rule,
    cluster: &Cluster,
    node: &Node,
    (value, placeholder): (&Value<'_>, &Placeholder),
    (message, reason): (String, Option<String>),
) -> Diagnostic {
    let place = value.place(placeholder.range.clone());
    let found = rule.at(node, place, message);
    let found = match reason {
        Some(reason) => found.note(reason),
        None => found,
    };
    let text = value.text.get(placeholder.range.clone()).unwrap_or_default();
    follow(cluster, node, (value, text), place, found)
}

/// Adds what follows from a text that stays as it is.
fn follow(
    cluster: &Cluster,
    node: &Node,
    (value, text): (&Value<'_>, &str),
    place: Span,
    found: Diagnostic,
) -> Diagnostic {
    let entries = &node.config.network.join.tcp_ip.entries;
    match value.usage() {
        Use::Member => {
            let mut touched =
                entries.iter().filter(|entry| entry.span.start < place.end && place.start < entry.span.end);
            match touched.next() {
                Some(entry) if entry.text.contains(text) && !entry.outcome().is_dialled() => {
                    consequence::of_entry(cluster, node, entry, None, found)
                }
                _ => consequence::not_dialled(
                    cluster,
                    node,
                    None,
                    found.note("Hazelcast asks for it as a host name, finds none, skips the entry with a warning and starts without it"),
                ),
            }
        }
        Use::Interface => found.note(
            "Hazelcast drops the entry with a warning; if nothing else is listed, the node does not start",
        ),
        Use::Boolean => found.note(refused("true or false")),
        Use::Number => found.note(refused("a number")),
        Use::Import => found.note("Hazelcast finds no such file and does not start: Failed to load resource"),
        Use::Secret | Use::Other => found.note("Hazelcast uses the text as it stands"),
    }
}

fn refused(expected: &str) -> String {
    format!(
        "the text is not {expected}, so Hazelcast refuses the file without saying where; Openfire then runs on without \
         a cluster"
    )
}

/// Whether the placeholder is a variable that gets its value outside the file.
pub(super) fn has_value(node: &Node, kind: &Kind) -> bool {
    // Openfire sets this one itself before it starts the cluster.
    let is_known =
        |name: &str| name == "openfireHome" || node.input.variables.iter().any(|(known, _)| known == name);
    matches!(kind, Kind::Variable(name) if is_known(name))
}
