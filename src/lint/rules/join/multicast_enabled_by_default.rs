#![doc = include_str!("multicast_enabled_by_default.md")]

use cobnut_diagnostics::{Diagnostic, Fix, Severity, Span};

use crate::generation::generation;
use crate::insertion;
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "multicast-enabled-by-default",
    severity: Severity::Error,
    summary: "Hazelcast 3 enables multicast beside the joiner that is meant",
    page: include_str!("multicast_enabled_by_default.md"),
    check: Check::File(check),
};

/// Only where the file or the command line tells of 3.x: later versions leave multicast off.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let join = &node.config.network.join;
    if join.multicast.span.is_some() || !generation(cluster, node).is_before(4, 1) {
        return;
    }
    let other = join.others.iter().find(|joiner| *joiner.enabled);
    let enabled = match (join.tcp_ip.span, other) {
        (Some(span), _) if *join.tcp_ip.enabled => Some(("tcp-ip", span)),
        (_, Some(joiner)) => Some((joiner.kind.name(), joiner.span)),
        _ => None,
    };
    let Some((name, span)) = enabled else { return };
    let place = Span::new(span.start, span.start + 1 + name.len());
    let edit = insertion::before(node, span, "<multicast enabled=\"false\"/>");
    found.push(
        RULE.at(node, place, format!("in Hazelcast 3, multicast is enabled beside `<{name}>`"))
            .note("up to 4.0 multicast is on unless the file says otherwise; two joiners keep the node from starting")
            .note("cobnut and later versions take a missing `<multicast>` for disabled")
            .fix(Fix::safe("add `<multicast enabled=\"false\"/>`", edit)),
    );
}
