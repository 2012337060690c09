#![doc = include_str!("unknown_cache_name.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, visible};

use super::shape::{CACHES, is_cache_file, map_names};
use crate::distance::nearest;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unknown-cache-name",
    severity: Severity::Warning,
    summary: "a map has almost the name of one of Openfire's caches",
    page: include_str!("unknown_cache_name.md"),
    check: Check::File(check),
};

/// Only in files that have most of Openfire's caches: elsewhere a map is somebody's own.
fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    if !is_cache_file(node) {
        return;
    }
    let names: Vec<&str> = map_names(node).map(|name| name.value.as_str()).collect();
    for name in map_names(node) {
        let written = name.value.as_str();
        if CACHES.contains(&written) || written == "default" || written.contains('*') {
            continue;
        }
        // A cache that has its own map is not meant by another.
        let free = CACHES.iter().copied().filter(|cache| !names.contains(cache));
        let Some(meant) = nearest(written, free) else { continue };
        let edit = Edit::replace(node.config.sources.location(name.span), meant);
        found.push(
            RULE.at(node, name.span, format!("Openfire has no cache `{}`; `{meant}` may be meant", visible(written)))
                .note(format!("Openfire asks for `{meant}` and gets the settings of the map `default`: another lifetime and size"))
                .fix(Fix::suggestion(format!("write `{meant}`"), edit)),
        );
    }
}
