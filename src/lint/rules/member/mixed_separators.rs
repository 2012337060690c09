#![doc = include_str!("mixed_separators.md")]

use cobnut_config::MemberEntry;
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Span};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "mixed-separators",
    severity: Severity::Info,
    summary: "semicolons stand between some members, commas between others",
    page: include_str!("mixed_separators.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let entries: Vec<_> = node.entries().collect();
    for group in entries.chunk_by(|(one, _), (other, _)| one.element_span == other.element_span) {
        // Separators that break the list have findings of their own.
        if group.iter().any(|(_, slip)| slip.is_some()) {
            continue;
        }
        let gaps: Vec<Span> = group.windows(2).filter_map(gap).collect();
        let text = |span: &Span| node.config.sources.slice(*span).trim();
        let semicolons: Vec<&Span> = gaps.iter().filter(|span| text(span) == ";").collect();
        let Some(comma) = gaps.iter().find(|span| text(span) == ",") else { continue };
        let [first, ..] = semicolons.as_slice() else { continue };
        let source = &node.config.sources;
        let edits = semicolons.iter().map(|span| Edit::replace(source.location(**span), ", ")).collect();
        found.push(
            RULE.at(node, **first, "a semicolon between members, where others are separated by commas")
                .label(source.location(*comma), "a comma here")
                .note("Hazelcast splits at both; behind a semicolon a blank makes an empty member, which is the local host")
                .fix(Fix { description: "write commas".to_owned(), safety: cobnut_diagnostics::Safety::Safe, edits }),
        );
    }
}

/// What stands between two entries.
fn gap<T>(pair: &[(&MemberEntry, T)]) -> Option<Span> {
    match pair {
        [(one, _), (other, _)] => Some(Span::new(one.span.end, other.span.start)),
        _ => None,
    }
}
