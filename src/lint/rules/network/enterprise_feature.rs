#![doc = include_str!("enterprise_feature.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Check, Cluster, Node, Rule, Target};

pub(crate) static RULE: Rule = Rule {
    name: "enterprise-feature",
    severity: Severity::Warning,
    summary: "an enabled block needs Hazelcast Enterprise",
    page: include_str!("enterprise_feature.md"),
    check: Check::File(check),
};

/// Only where Hazelcast runs the file: in an Openfire home, or when a version of Hazelcast is asked for.
fn check(cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let in_openfire = node.input.openfire_xml.is_some();
    if !in_openfire && cluster.options.target == Target::Auto {
        return;
    }
    let network = &node.config.network;
    let blocks = [
        ("ssl", network.ssl.enabled),
        ("symmetric-encryption", network.symmetric_encryption.enabled),
        ("socket-interceptor", network.socket_interceptor.enabled),
    ];
    for (name, enabled) in blocks {
        if let Some(span) = enabled.span.filter(|_| *enabled) {
            found.push(finding(node, name, span, in_openfire));
        }
    }
}

fn finding(node: &Node, name: &str, span: Span, in_openfire: bool) -> Diagnostic {
    let finding = RULE
        .at(node, span, format!("in Hazelcast, `<{name}>` is a part of the Enterprise edition"))
        .note("the open-source edition does not start with it");
    if in_openfire {
        finding
            .note("Openfire's plugin brings the open-source edition: Openfire then runs on without a cluster")
            .help("it is no problem once cobnut runs in Openfire's place")
    } else {
        finding.help("set `enabled=\"false\"`, or run the Enterprise edition")
    }
}
