#![doc = include_str!("unused_ignore.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Source, Span};

use crate::suppression::{IgnoreComment, IgnoredName};
use crate::{Check, Rule, rule};

pub(crate) static RULE: Rule = Rule {
    name: "unused-ignore",
    severity: Severity::Warning,
    summary: "a comment silences a rule that finds nothing there",
    page: include_str!("unused_ignore.md"),
    check: Check::Engine,
};

/// A name that silenced nothing.
pub(crate) fn unused(source: &Source, comment: &IgnoreComment, name: &IgnoredName) -> Diagnostic {
    let message = format!("`{}` finds nothing that this comment could silence", name.text);
    Diagnostic::new(RULE.name, RULE.severity, source.location(name.span), message)
        .note("a later mistake of this kind at this place would go unnoticed")
        .fix(remove(source, comment, name))
}

/// Removes the name, or the whole comment when nothing else is left of it.
fn remove(source: &Source, comment: &IgnoreComment, name: &IgnoredName) -> Fix {
    // A misspelt name may be meant for something that is there.
    if comment.names.iter().any(|other| other.is_used || rule(&other.text).is_none()) {
        let next = comment.names.iter().find(|other| other.span.start > name.span.start);
        let before = comment.names.iter().rfind(|other| other.span.start < name.span.start);
        let span = match (next, before) {
            (Some(next), _) => Span::new(name.span.start, next.span.start),
            (None, Some(before)) => Span::new(before.span.end, name.span.end),
            (None, None) => name.span,
        };
        return Fix::safe(format!("remove `{}`", name.text), Edit::delete(source.location(span)));
    }
    let mut span = comment.comment;
    let text = source.text();
    if comment.is_alone {
        // The line goes with it.
        let before = text[..span.start].len() - text[..span.start].trim_end_matches([' ', '\t']).len();
        let behind = text[span.end..].find('\n').map_or(text.len() - span.end, |end| end + 1);
        span = Span::new(span.start - before, span.end + behind);
    } else {
        let before = text[..span.start].trim_end_matches([' ', '\t']).len();
        span = Span::new(before, span.end);
    }
    Fix::safe("remove the comment", Edit::delete(source.location(span)))
}
