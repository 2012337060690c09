#![doc = include_str!("unused_element.md")]

use std::collections::BTreeMap;

use cobnut_config::UnusedElement;
use cobnut_config::elements::{self, Effect};
use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unused-element",
    severity: Severity::Info,
    summary: "an element is accepted and has no effect",
    page: include_str!("unused_element.md"),
    check: Check::File(check),
};

/// One finding for each kind: the tuning of sixty caches is one fact, not sixty.
fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let refusals = cobnut_config::refusals(&node.config);
    // Enabled blocks that matter to safety are reported as unsupported instead.
    let is_refused = |element: &UnusedElement| {
        refusals.iter().any(|refusal| element.enabled.is_some_and(|enabled| enabled.span == refusal.span()))
    };
    let mut kinds: BTreeMap<&str, Vec<&UnusedElement>> = BTreeMap::new();
    for element in node.config.unused.iter().filter(|element| !is_refused(element)) {
        // What no version knows is found as such.
        if elements::element(&element.path).is_some() {
            kinds.entry(element.path.as_str()).or_default().push(element);
        }
    }
    for elements in kinds.into_values() {
        let Some((first, others)) = elements.split_first() else { continue };
        let why = match elements::element(&first.path).map(|known| known.effect) {
            Some(Effect::NoEffect(why) | Effect::Refused(why)) => Some(why),
            Some(Effect::Obeyed) | None => None,
        };
        let effect = if why.is_some() { "no effect in cobnut" } else { "no effect in cobnut yet" };
        let message = match others.len() {
            0 => format!("`<{}>` has {effect}", first.name()),
            count => format!("`<{}>` and {count} more of its kind have {effect}", first.name()),
        };
        found.push(
            RULE.at(node, first.name_span, message)
                .note(why.unwrap_or("cobnut runs as if it were not there")),
        );
    }
}
