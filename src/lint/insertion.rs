//! Edits that add an element in the layout of the file.

use cobnut_diagnostics::{Edit, Span};

use crate::Node;

/// Puts `element` before the element at `span`: on a line of its own with the same indentation, if that one has a line of
/// its own.
pub(crate) fn before(node: &Node, span: Span, element: &str) -> Edit {
    let place = node.config.sources.location(Span::at(span.start));
    let head = place.source().text().get(..place.span().start).unwrap_or_default();
    let indent = head.rsplit('\n').next().unwrap_or_default();
    let text = if indent.trim().is_empty() { format!("{element}\n{indent}") } else { element.to_owned() };
    Edit::replace(place, text)
}
