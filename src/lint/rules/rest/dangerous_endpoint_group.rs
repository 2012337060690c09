#![doc = include_str!("dangerous_endpoint_group.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use crate::{Check, Cluster, Node, Rule};

/// Groups that change something, and what anybody can do with them.
const DANGEROUS: [(&str, &str); 3] = [
    ("CLUSTER_WRITE", "shut down the cluster or change its state"),
    ("DATA", "read and overwrite the data of the cluster, sessions and rosters among it"),
    ("PERSISTENCE", "start the cluster from old data"),
];

pub(crate) static RULE: Rule = Rule {
    name: "dangerous-endpoint-group",
    severity: Severity::Warning,
    summary: "whoever reaches the member port may change the cluster",
    page: include_str!("dangerous_endpoint_group.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let rest_api = &node.config.network.rest_api;
    if !*rest_api.enabled {
        return;
    }
    for group in rest_api.groups.iter().filter(|group| *group.enabled) {
        let known = DANGEROUS.iter().find(|(name, _)| *name == group.name.value);
        let (Some((name, can)), Some(span)) = (known, group.enabled.span) else { continue };
        let edit = Edit::replace(node.config.sources.location(span), "false");
        found.push(
            RULE.at(node, span, format!("with `{name}` whoever reaches the member port can {can}"))
                .note("Hazelcast asks for no password but the name of the cluster; it listens on all addresses unless told otherwise")
                .note("cobnut does not serve this group")
                .fix(Fix::suggestion(format!("disable `{name}`"), edit)),
        );
    }
}
