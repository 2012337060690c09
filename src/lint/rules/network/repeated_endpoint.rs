#![doc = include_str!("repeated_endpoint.md")]

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

/// What `<advanced-network>` may hold once.
const ONCE: [&str; 7] = [
    "join",
    "member-address-provider",
    "failure-detector",
    "member-server-socket-endpoint-config",
    "client-server-socket-endpoint-config",
    "rest-server-socket-endpoint-config",
    "memcache-server-socket-endpoint-config",
];

pub(crate) static RULE: Rule = Rule {
    name: "repeated-endpoint",
    severity: Severity::Error,
    summary: "an endpoint that may stand once stands twice",
    page: include_str!("repeated_endpoint.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let document = &node.config.document;
    for name in ONCE {
        let path = format!("hazelcast/advanced-network/{name}");
        let mut elements = document.at_path(&path);
        let Some(first) = elements.next() else { continue };
        let first = node.config.sources.location(document.element(first).name_span);
        for id in elements {
            found.push(
                RULE.at(
                    node,
                    document.element(id).name_span,
                    format!("a second `<{name}>` in `<advanced-network>`"),
                )
                .label(first.clone(), "the first one")
                .note(format!(
                    "Hazelcast does not start: At most one {name} is allowed under advanced-network"
                ))
                .help("keep one of them; only those for WAN replication may stand several times"),
            );
        }
    }
}
