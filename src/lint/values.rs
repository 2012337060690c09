//! Every value of a document, of attributes and of texts alike, for rules that look at what is written and not at what it sets.

use std::ops::Range;

use cobnut_config::{Document, ElementId};
use cobnut_diagnostics::Span;

/// What a value is used for, as far as rules have something different to say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// An entry of the member list.
    Member,
    /// A pattern of own addresses, or of addresses that are trusted.
    Interface,
    /// True or false.
    Boolean,
    /// A number.
    Number,
    /// The resource of an `<import>`.
    Import,
    /// A password, a salt or a key.
    Secret,
    /// A name, a class, or anything else.
    Other,
}

/// One value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    document: &'a Document,
    /// The element that it belongs to.
    pub(crate) element: ElementId,
    /// The attribute, or `None` for the text of the element.
    pub(crate) attribute: Option<&'a str>,
    /// The value, references replaced; texts with the blanks around them.
    pub(crate) text: &'a str,
    /// The place of an attribute's value.
    span: Option<Span>,
}

/// Elements whose text is true or false.
const BOOLEAN_TEXTS: &[&str] = &["reuse-address", "read-backup-data", "statistics-enabled"];
/// Attributes that are true or false.
const BOOLEAN_ATTRIBUTES: &[&str] = &["enabled", "auto-increment", "loopbackModeEnabled"];
/// Endings of the names of elements and attributes that hold a number.
const NUMBER_ENDINGS: &[&str] =
    &["port", "ports", "-count", "-seconds", "-milliseconds", "-millis", "time-to-live", "capacity", "size"];
/// Parts of the names of elements and properties that hold a secret.
const SECRETS: &[&str] = &["password", "passwd", "secret", "salt", "license-key", "passphrase"];

/// All values that are not blank, in the order of the file.
pub(crate) fn values(document: &Document) -> impl Iterator<Item = Value<'_>> {
    document.ids().flat_map(move |id| {
        let element = document.element(id);
        let attributes = element.attributes.iter().map(move |attribute| Value {
            document,
            element: id,
            attribute: Some(attribute.name.value.as_str()),
            text: attribute.value.value.as_str(),
            span: Some(attribute.value.span),
        });
        let text = Value { document, element: id, attribute: None, text: element.text.value(), span: None };
        attributes.chain(std::iter::once(text)).filter(|value| !trimmed(value.text).is_empty())
    })
}

impl Value<'_> {
    /// The place of a byte range of the text.
    pub(crate) fn place(&self, range: Range<usize>) -> Span {
        let Some(span) = self.span else { return self.document.text_span(self.element, range) };
        // With references in it the attribute is longer in the file than in the value.
        if self.document.sources().slice(span) == self.text {
            Span::new(span.start + range.start, span.start + range.end)
        } else {
            span
        }
    }

    /// The place of the whole value without the blanks around it.
    pub(crate) fn whole(&self) -> Span {
        let inside = trimmed(self.text);
        let start = self.text.find(inside).unwrap_or(0);
        self.place(start..start + inside.len())
    }

    /// Whether each range of the text has a place of its own, so that it can be edited alone.
    pub(crate) fn has_places(&self) -> bool {
        self.span.is_none_or(|span| self.document.sources().slice(span) == self.text)
    }

    /// How messages name it: `enabled` or `<port>`.
    pub(crate) fn name(&self) -> String {
        match self.attribute {
            Some(attribute) => format!("`{attribute}`"),
            None => match self.property() {
                Some(property) => format!("property `{}`", cobnut_diagnostics::visible(property)),
                None => format!("`<{}>`", self.document.element(self.element).name),
            },
        }
    }

    /// The name of the property whose value this is.
    pub(crate) fn property(&self) -> Option<&str> {
        let element = self.document.element(self.element);
        let is_property = self.attribute.is_none() && element.name.eq_ignore_ascii_case("property");
        let name = element.attribute("name").filter(|_| is_property)?;
        Some(name.value.value.as_str())
    }

    /// What it is used for.
    pub(crate) fn usage(&self) -> Use {
        let element = self.document.element(self.element);
        let name = element.lower_name();
        let parent = element.parent.map(|parent| self.document.element(parent).lower_name());
        if self.is_secret(&name) {
            return Use::Secret;
        }
        if let Some(attribute) = self.attribute {
            return match attribute {
                "resource" if name == "import" => Use::Import,
                _ if BOOLEAN_ATTRIBUTES.contains(&attribute) => Use::Boolean,
                _ if NUMBER_ENDINGS.iter().any(|ending| attribute.ends_with(ending)) => Use::Number,
                _ => Use::Other,
            };
        }
        let below_members = matches!(parent.as_deref(), Some("tcp-ip" | "member-list") | None);
        match name.as_str() {
            "member" | "members" | "required-member" if below_members => Use::Member,
            "interface" if parent.as_deref() == Some("tcp-ip") => Use::Member,
            "interface" => Use::Interface,
            _ if BOOLEAN_TEXTS.contains(&name.as_str()) => Use::Boolean,
            _ if NUMBER_ENDINGS.iter().any(|ending| name.ends_with(ending)) => Use::Number,
            _ => Use::Other,
        }
    }

    fn is_secret(&self, name: &str) -> bool {
        let named = self.property().or(self.attribute).unwrap_or(name).to_lowercase();
        SECRETS.iter().any(|secret| named.contains(secret))
    }
}

/// Without what Java's `trim` removes.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|character: char| character <= ' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use cobnut_config::parse;
    use cobnut_diagnostics::Source;

    #[test]
    fn values_know_their_place_name_and_use() {
        let text = "<hazelcast><import resource='a.xml'/><network><port auto-increment='true'> 57<!-- -->01 </port><join>\
                    <tcp-ip enabled='a&amp;b'><member>x</member></tcp-ip></join><interfaces><interface>y</interface>\
                    </interfaces></network><properties><property name='my.password'>z</property></properties></hazelcast>";
        let config = parse(&Source::new("t.xml", text)).0.unwrap();
        let read: Vec<(String, &str, Use)> = values(&config.document)
            .map(|value| (value.name(), config.sources.slice(value.whole()), value.usage()))
            .collect();
        let expected = [
            ("`resource`", "a.xml", Use::Import),
            ("`auto-increment`", "true", Use::Boolean),
            ("`<port>`", "57<!-- -->01", Use::Number),
            ("`enabled`", "a&amp;b", Use::Boolean),
            ("`<member>`", "x", Use::Member),
            ("`<interface>`", "y", Use::Interface),
            ("`name`", "my.password", Use::Other),
            ("property `my.password`", "z", Use::Secret),
        ];
        assert_eq!(read, expected.map(|(name, text, usage)| (name.to_owned(), text, usage)));
    }
}
