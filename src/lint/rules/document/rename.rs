//! Another name for an element, in its start tag and its end tag.

use cobnut_config::{Config, ElementId};
use cobnut_diagnostics::{Edit, Fix, Safety, Span};

/// The edits that give an element another name; a prefix is replaced with it.
pub(crate) fn rename(config: &Config, id: ElementId, name: &str, safety: Safety) -> Fix {
    let (sources, element) = (&config.sources, config.document.element(id));
    let mut edits = vec![Edit::replace(sources.location(element.name_span), name)];
    let written = sources.slice(element.name_span);
    let text = sources.slice(element.span);
    let end_tag =
        text.rfind("</").filter(|&at| text.get(at + 2..).is_some_and(|tail| tail.starts_with(written)));
    // Without content there is no end tag; one that is found belongs to nothing inside, as nothing stands inside.
    if let Some(at) = end_tag.filter(|_| config.document.start_tag(id).end < element.span.end) {
        let start = element.span.start + at + 2;
        edits.push(Edit::replace(sources.location(Span::new(start, start + written.len())), name));
    }
    Fix { description: format!("rename it to `<{name}>`"), safety, edits }
}
