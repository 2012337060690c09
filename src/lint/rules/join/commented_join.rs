#![doc = include_str!("commented_join.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span, visible};

use crate::{Check, Cluster, Node, Rule};

/// The addresses of the example that Openfire's template has in a comment begin like this.
const TEMPLATE: &str = "10.10.1.";

pub(crate) static RULE: Rule = Rule {
    name: "commented-join",
    severity: Severity::Warning,
    summary: "members were written into a `<join>` that is a comment",
    page: include_str!("commented_join.md"),
    check: Check::File(check),
};

/// Quiet about a template's own comment, which nobody has touched, and about one that only repeats what counts.
fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let join = &node.config.network.join;
    let Some(active) = join.span else { return };
    let text = node.config.sources.main().text();
    for comment in comments(text) {
        let Some(content) = text.get(comment.range()) else { continue };
        let Some(start) = content.find("<join>") else { continue };
        let is_lost = |member: &&str| {
            !member.starts_with(TEMPLATE) && !join.tcp_ip.entries.iter().any(|entry| entry.text == **member)
        };
        let lost: Vec<&str> = members(content).filter(is_lost).collect();
        let Some(first) = lost.first() else { continue };
        let place = Span::new(comment.start + start, comment.start + start + "<join>".len());
        let enabled = [("tcp-ip", *join.tcp_ip.enabled), ("multicast", *join.multicast.enabled)];
        let counts = match enabled.into_iter().find(|(_, enabled)| *enabled) {
            Some((name, _)) => format!("the `<join>` that counts joins by `<{name}>`"),
            None => "the `<join>` that counts enables neither".to_owned(),
        };
        let active = Span::new(active.start, active.start + "<join".len());
        let finding = RULE
            .at(node, place, format!("this `<join>` with `{}` is a comment", visible(first)))
            .label(node.config.sources.location(active), "this one counts")
            .note(format!("comments have no effect; {counts}"))
            .help("to use this one, remove the comment marks and the other `<join>`: Hazelcast refuses a file with two");
        // A list that counts may well have replaced an older one.
        found.push(if *join.tcp_ip.enabled { finding.with_severity(Severity::Info) } else { finding });
    }
}

/// The texts of the `<member>` elements of a comment.
fn members(comment: &str) -> impl Iterator<Item = &str> {
    comment
        .split("<member>")
        .skip(1)
        .filter_map(|rest| rest.split_once("</member>"))
        .map(|(text, _)| text.trim())
}

/// What stands between `<!--` and `-->`.
fn comments(text: &str) -> impl Iterator<Item = Span> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.find("<!--")? + "<!--".len();
        let end = start + text.get(start..)?.find("-->")?;
        at = end;
        Some(Span::new(start, end))
    })
}
