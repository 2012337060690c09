#![doc = include_str!("outdated_plugin_file.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use super::shape::{is_cache_file, release};
use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "outdated-plugin-file",
    severity: Severity::Info,
    summary: "the cache file is of an old release of the Openfire plugin",
    page: include_str!("outdated_plugin_file.md"),
    check: Check::File(check),
};

fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    if !is_cache_file(node) {
        return;
    }
    let Some((release, hazelcast, place)) = release(node, generation(cluster, node)) else { return };
    let place = place.unwrap_or_else(|| Span::at(0));
    found.push(
        RULE.at(node, place, format!("this is the cache file of the Openfire plugin {release}"))
            .here("this tells")
            .note(format!(
                "that plugin runs Hazelcast {hazelcast}; all members must run the same release of the plugin"
            ))
            .note("cobnut reads the files of every release"),
    );
}
