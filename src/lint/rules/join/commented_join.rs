#![doc = include_str!("commented_join.md")]

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "commented-join",
    severity: Severity::Info,
    summary: "a second `<join>` stands in a comment",
    page: include_str!("commented_join.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let join = &node.config.network.join;
    let Some(active) = join.span else { return };
    let text = node.config.sources.main().text();
    let others = join.others.iter().map(|joiner| (joiner.kind.name(), *joiner.enabled));
    let joiners = [("multicast", *join.multicast.enabled), ("tcp-ip", *join.tcp_ip.enabled)];
    let enabled = joiners.into_iter().chain(others).find(|(_, enabled)| *enabled);
    let Some(place) = comments(text).find_map(|comment| {
        let start = text.get(comment.range())?.find("<join>")?;
        Some(Span::new(comment.start + start, comment.start + start + "<join>".len()))
    }) else {
        return;
    };
    let message = match enabled {
        Some((name, _)) => format!("this `<join>` is a comment; the one that counts joins by `<{name}>`"),
        None => "this `<join>` is a comment; the one that counts has no joiner enabled".to_owned(),
    };
    let active = Span::new(active.start, active.start + "<join".len());
    found.push(
        RULE.at(node, place, message)
            .label(node.config.sources.location(active), "this one counts")
            .help("to use the one in the comment, remove the other: Hazelcast refuses a file with two"),
    );
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
