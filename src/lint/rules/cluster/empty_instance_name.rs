#![doc = include_str!("empty_instance_name.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "empty-instance-name",
    severity: Severity::Error,
    summary: "the instance name is empty",
    page: include_str!("empty_instance_name.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let Some(name) = &node.config.instance_name else { return };
    if !name.value.is_empty() {
        return;
    }
    let document = &node.config.document;
    for id in document.at_path("hazelcast/instance-name") {
        let span = document.element(id).span;
        let place = node.config.sources.location(span);
        found.push(
            RULE.at(node, span, "the instance name is empty")
                .note("Hazelcast does not start; Openfire then runs on without a cluster")
                .fix(Fix::suggestion("remove it: Hazelcast then makes up a name", Edit::delete(place))),
        );
    }
}
