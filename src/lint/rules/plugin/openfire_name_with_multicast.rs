#![doc = include_str!("openfire_name_with_multicast.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use super::shape::is_cache_file;
use crate::{Check, Cluster, Node, Rule};

/// The names in the files that the plugin brings.
const NAMES: &[&str] = &["openfire", "openfire-cluster-by-hazelcast"];

/// The files that it brings.
const PLUGINS: &[&str] = &["hazelcast-cache-config.xml", "hazelcast-local-config.xml"];

pub(crate) static RULE: Rule = Rule {
    name: "openfire-name-with-multicast",
    severity: Severity::Info,
    summary: "multicast with the name that every Openfire cluster has",
    page: include_str!("openfire_name_with_multicast.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let join = &node.config.network.join;
    let name = &node.config.cluster_name;
    let (Some(multicast), Some(named)) = (join.multicast.enabled.span, name.span) else { return };
    // Multicast beside a list of members is refused anyway.
    // Elsewhere the name is one like any other.
    let is_openfires = is_cache_file(node)
        || node.config.sources.iter().any(|source| PLUGINS.iter().any(|file| source.name().ends_with(file)));
    if !is_openfires
        || !*join.multicast.enabled
        || *join.tcp_ip.enabled
        || !NAMES.contains(&name.value.as_str())
    {
        return;
    }
    found.push(
        RULE.at(node, named, format!("`{}` is the name that the plugin gives to every cluster", name.value))
            .label(node.config.sources.location(multicast), "members are found by multicast")
            .note("a second Openfire cluster in the same network, such as one for tests, would be joined to this one")
            .help("give the cluster a name of its own, on all nodes, before there is a second one"),
    );
}
