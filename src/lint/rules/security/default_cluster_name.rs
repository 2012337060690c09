#![doc = include_str!("default_cluster_name.md")]

use cobnut_config::DEFAULT_CLUSTER_NAME;
use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "default-cluster-name",
    severity: Severity::Warning,
    summary: "the cluster has the name that every unnamed one has",
    page: include_str!("default_cluster_name.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let name = &node.config.cluster_name;
    let join = &node.config.network.join;
    let Some(span) = name.span.filter(|_| name.value == DEFAULT_CLUSTER_NAME && *join.tcp_ip.enabled) else {
        return;
    };
    found.push(
        RULE.at(node, span, format!("`{DEFAULT_CLUSTER_NAME}` is the name of every cluster that has none"))
            .note("the name is all that Hazelcast asks a new member for")
            .help("write a name of your own, the same on all nodes, while all of them are down"),
    );
}
