#![doc = include_str!("default_name_with_multicast.md")]

use cobnut_config::{DEFAULT_CLUSTER_NAME, Form};
use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "default-name-with-multicast",
    severity: Severity::Info,
    summary: "multicast with the name that every unnamed cluster has",
    page: include_str!("default_name_with_multicast.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let multicast = &node.config.network.join.multicast;
    let name = &node.config.cluster_name;
    let Some(span) = multicast.enabled.span.filter(|_| *multicast.enabled) else { return };
    // A fragment and Openfire's local file are parts: the name stands elsewhere.
    let is_part = matches!(node.config.document.form(), Form::Fragment { .. })
        || node.config.sources.main().name().contains("hazelcast-local-config");
    if is_part && name.span.is_none() {
        return;
    }
    // Multicast beside a list of members is refused anyway.
    if name.value != DEFAULT_CLUSTER_NAME || *node.config.network.join.tcp_ip.enabled {
        return;
    }
    let finding = RULE.at(
        node,
        span,
        format!("by multicast, this node joins any cluster called `{DEFAULT_CLUSTER_NAME}`"),
    );
    let finding = match name.span {
        Some(span) => finding.label(node.config.sources.location(span), "Hazelcast's default name"),
        None => {
            finding.note(format!("the file does not name the cluster, which means `{DEFAULT_CLUSTER_NAME}`"))
        }
    };
    found.push(
        finding
            .note("a developer's Hazelcast in the same network has the same name, group and port unless somebody changed them")
            .help("give the cluster a name of its own, in `<cluster-name>`, or `<group>` up to 3.12"),
    );
}
