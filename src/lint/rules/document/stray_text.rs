#![doc = include_str!("stray_text.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span, visible};

use crate::{Check, Cluster, Node, Rule};

/// Elements that hold elements only.
const CONTAINERS: &[&str] = &[
    "hazelcast",
    "network",
    "join",
    "multicast",
    "tcp-ip",
    "member-list",
    "interfaces",
    "trusted-interfaces",
    "properties",
    "group",
    "discovery-strategies",
];

pub(crate) static RULE: Rule = Rule {
    name: "stray-text",
    severity: Severity::Warning,
    summary: "text stands between elements",
    page: include_str!("stray_text.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let (document, source) = (&node.config.document, &node.config.sources);
    for id in document.ids() {
        let element = document.element(id);
        if !CONTAINERS.contains(&element.lower_name().as_str()) {
            continue;
        }
        for piece in element.text.spans() {
            let text = source.slice(piece);
            // Other blanks than these are text for XML.
            let trimmed = text.trim_matches(|character: char| character <= ' ');
            if trimmed.is_empty() {
                continue;
            }
            let start = piece.start + text.find(trimmed).unwrap_or(0);
            let span = Span::new(start, start + trimmed.len());
            let message =
                format!("text between the elements of `<{}>`: `{}`", element.name, visible(trimmed));
            found.push(
                RULE.at(node, span, message)
                    .note("Hazelcast refuses the file without saying where; versions without schema validation ignore the text")
                    .fix(Fix::suggestion("delete the text", Edit::delete(source.location(span)))),
            );
        }
    }
}
