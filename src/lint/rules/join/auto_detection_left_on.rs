#![doc = include_str!("auto_detection_left_on.md")]

use cobnut_config::DEFAULT_CLUSTER_NAME;
use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::generation::generation;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "auto-detection-left-on",
    severity: Severity::Warning,
    summary: "a node that is meant to be alone searches for strangers",
    page: include_str!("auto_detection_left_on.md"),
    check: Check::File(check),
};

/// A cluster name of one's own keeps strangers out; a list of members has a finding of its own.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    let join = &node.config.network.join;
    let multicast = join.multicast.span.map(|span| (span, *join.multicast.enabled));
    let tcp_ip = join.tcp_ip.span.map(|span| (span, *join.tcp_ip.enabled));
    let others = join.others.iter().map(|joiner| (joiner.span, *joiner.enabled));
    let written: Vec<(Span, bool)> = multicast.into_iter().chain(tcp_ip).chain(others).collect();
    let is_decided = document.at_path("hazelcast/network/join/auto-detection").next().is_some();
    if is_decided
        || written.iter().any(|(_, enabled)| *enabled)
        || !join.tcp_ip.entries.is_empty()
        || node.config.cluster_name.value != DEFAULT_CLUSTER_NAME
        || !generation(cluster, node).is_from(4, 1)
    {
        return;
    }
    let Some(span) = join.span.filter(|_| !written.is_empty()) else { return };
    let place = Span::new(span.start, span.start + "<join".len());
    found.push(
        RULE.at(node, place, "every joiner is off, but Hazelcast 4.1 and later still search for other members")
            .note(
                "without `<auto-detection enabled=\"false\"/>` they try the clouds, then multicast on the default group, and join \
                 whoever is called `dev` there",
            )
            .help("add `<auto-detection enabled=\"false\"/>`, or give the cluster a name of its own"),
    );
}
