#![doc = include_str!("empty_member.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "empty-member",
    severity: Severity::Error,
    summary: "a member element is empty",
    page: include_str!("empty_member.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for &span in &node.config.network.join.tcp_ip.empty {
        let place = node.config.sources.location(span);
        found.push(
            RULE.at(node, span, "this member is empty")
                .note("Hazelcast does not start: member must contain text; Openfire then runs on without a cluster")
                .fix(Fix::suggestion("remove the empty element", Edit::delete(place))),
        );
    }
}
