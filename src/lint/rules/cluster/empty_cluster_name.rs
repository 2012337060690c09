#![doc = include_str!("empty_cluster_name.md")]

use cobnut_config::DEFAULT_CLUSTER_NAME;
use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "empty-cluster-name",
    severity: Severity::Error,
    summary: "the cluster name is empty",
    page: include_str!("empty_cluster_name.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for path in ["hazelcast/cluster-name", "hazelcast/group/name"] {
        for id in document.at_path(path) {
            let name = document.trimmed_text(id);
            if name.value.is_empty() {
                found.push(
                    RULE.at(node, document.element(id).span, "the cluster name is empty")
                        .note(format!(
                            "Hazelcast does not start; cobnut uses its default, `{DEFAULT_CLUSTER_NAME}`"
                        ))
                        .help("write the name that all nodes of the cluster share"),
                );
            }
        }
    }
}
