#![doc = include_str!("size_without_policy.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span};

use super::reading::maps;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "size-without-policy",
    severity: Severity::Warning,
    summary: "a map has a size limit, but no policy that obeys it",
    page: include_str!("size_without_policy.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for map in maps(node) {
        let eviction = map.eviction();
        let Some(size) = eviction.size.as_ref().filter(|size| size.value > 0 && !eviction.is_on()) else {
            continue;
        };
        let message = format!("{} is limited to {}, but evicts nothing", map.label(), size.value);
        let finding = RULE.at(node, size.span, message).note(
            "without an eviction policy other than NONE the limit has no effect: the map grows without end",
        );
        found.push(match (&eviction.policy, eviction.tag) {
            (Some(policy), _) => {
                let place = node.config.sources.location(policy.span);
                finding.fix(Fix::suggestion("write `LRU`", Edit::replace(place, "LRU")))
            }
            (None, Some(tag)) => {
                let place = node.config.sources.location(Span::at(tag.start + "<eviction".len()));
                let edit = Edit::replace(place, " eviction-policy=\"LRU\"");
                finding.fix(Fix::suggestion("add `eviction-policy=\"LRU\"`", edit))
            }
            (None, None) => finding.help("add `<eviction-policy>LRU</eviction-policy>`"),
        });
    }
}
