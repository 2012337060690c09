//! Attributes of a start tag as they are written, namespace declarations and `xsi:` among them, which the tree leaves out.

use cobnut_config::{Document, ElementId, Spanned};
use cobnut_diagnostics::Span;

/// One attribute of a start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenAttribute {
    /// Its name, prefix included.
    pub(crate) name: String,
    /// Its value as written, references not replaced; its place without the quotes.
    pub(crate) value: Spanned<String>,
}

/// The attributes of an element in the order of the file.
pub(crate) fn written_attributes(document: &Document, id: ElementId) -> Vec<WrittenAttribute> {
    let tag = document.start_tag(id);
    let text = document.sources().slice(tag);
    let mut found = Vec::new();
    let mut at = document.element(id).name_span.end.saturating_sub(tag.start);
    while let Some(rest) = text.get(at..) {
        let Some(equals) = rest.find('=') else { break };
        let name = rest.get(..equals).unwrap_or_default().trim();
        let behind = rest.get(equals + 1..).unwrap_or_default();
        let blanks = behind.len() - behind.trim_start().len();
        let Some(quote) = behind.trim_start().chars().next().filter(|quote| matches!(quote, '"' | '\''))
        else {
            break;
        };
        let start = at + equals + 1 + blanks + 1;
        let Some(length) = text.get(start..).and_then(|value| value.find(quote)) else { break };
        let value = text.get(start..start + length).unwrap_or_default().to_owned();
        let span = Span::new(tag.start + start, tag.start + start + length);
        found.push(WrittenAttribute { name: name.to_owned(), value: Spanned::new(value, span) });
        at = start + length + 1;
    }
    found
}

/// The value of `schemaLocation`, whatever the prefix.
pub(crate) fn schema_location(document: &Document, id: ElementId) -> Option<Spanned<String>> {
    let attributes = written_attributes(document, id).into_iter();
    attributes
        .filter(|attribute| attribute.name.rsplit(':').next() == Some("schemaLocation"))
        .map(|attribute| attribute.value)
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cobnut_config::parse;
    use cobnut_diagnostics::Source;

    #[test]
    fn attributes_are_read_with_their_places() {
        let text = "<hazelcast xmlns='urn:a>b'\n  xmlns:xsi = \"http://www.w3.org/2001/XMLSchema-instance\" \
                    xsi:schemaLocation=\"\"><network/></hazelcast>";
        let config = parse(&Source::new("t.xml", text)).0.unwrap();
        let root = config.document.roots()[0];
        let read: Vec<(String, String, &str)> = written_attributes(&config.document, root)
            .into_iter()
            .map(|found| (found.name, found.value.value, config.sources.slice(found.value.span)))
            .collect();
        let xsi = "http://www.w3.org/2001/XMLSchema-instance";
        assert_eq!(
            read,
            [
                ("xmlns".to_owned(), "urn:a>b".to_owned(), "urn:a>b"),
                ("xmlns:xsi".to_owned(), xsi.to_owned(), xsi),
                ("xsi:schemaLocation".to_owned(), String::new(), ""),
            ]
        );
        let child = config.document.element(root).children[0];
        assert!(written_attributes(&config.document, child).is_empty());
    }
}
