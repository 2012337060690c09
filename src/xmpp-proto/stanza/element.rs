//! Small tools for elements, and stanzas as bytes.
//!
//! A stanza that fans out is serialised once without `to`; the address is then put into the start tag.

use bytes::Bytes;
use minidom::Element;
use minidom::rxml::{Namespace, NcName};

/// Building and changing elements without ceremony. Attribute names are constants of this product.
pub trait ElementExt: Sized {
    /// Sets an attribute.
    fn put_attr(&mut self, name: &'static str, value: impl Into<String>);
    /// Removes an attribute and returns its value.
    fn take_attr(&mut self, name: &'static str) -> Option<String>;
    /// [`Self::put_attr`], for chains.
    #[must_use]
    fn with_attr(self, name: &'static str, value: impl Into<String>) -> Self;
    /// [`Self::with_attr`] if there is a value.
    #[must_use]
    fn with_attr_opt(self, name: &'static str, value: Option<impl Into<String>>) -> Self;
    /// Appends a child, for chains.
    #[must_use]
    fn with_child(self, child: Element) -> Self;
    /// Appends text, for chains.
    #[must_use]
    fn with_text(self, text: &str) -> Self;
}

fn attribute_name(name: &'static str) -> NcName {
    NcName::try_from(name).expect("attribute names in this product are valid XML names")
}

impl ElementExt for Element {
    fn put_attr(&mut self, name: &'static str, value: impl Into<String>) {
        self.attrs_mut().insert(Namespace::NONE, attribute_name(name), value.into());
    }

    fn take_attr(&mut self, name: &'static str) -> Option<String> {
        self.attrs_mut().remove(&Namespace::NONE, name)
    }

    fn with_attr(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.put_attr(name, value);
        self
    }

    fn with_attr_opt(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with_attr(name, value),
            None => self,
        }
    }

    fn with_child(mut self, child: Element) -> Self {
        self.append_child(child);
        self
    }

    fn with_text(mut self, text: &str) -> Self {
        self.append_text_node(text);
        self
    }
}

/// Where the name of the root element ends, for example after `<presence`.
fn name_end(stanza: &[u8]) -> usize {
    stanza.iter().position(|byte| matches!(byte, b' ' | b'>' | b'/' | b'\t' | b'\n' | b'\r')).unwrap_or(0)
}

/// An attribute of the root element of a stanza made by [`stanza_bytes`](crate::xml::stanza_bytes), without parsing
/// the rest.
pub fn start_tag_attr(stanza: &[u8], wanted: &str) -> Option<String> {
    let mut rest = stanza.get(name_end(stanza)..)?;
    loop {
        rest = rest.trim_ascii_start();
        let equals = rest.iter().position(|&byte| byte == b'=')?;
        let (name, after) = rest.split_at(equals);
        if name.contains(&b'>') {
            return None;
        }
        let value = after.get(1..)?.trim_ascii_start();
        let (&quote, inner) = value.split_first()?;
        let end = inner.iter().position(|&byte| byte == quote)?;
        if name.trim_ascii_end() == wanted.as_bytes() {
            let text = std::str::from_utf8(inner.get(..end)?).ok()?;
            return quick_xml::escape::unescape(text).ok().map(std::borrow::Cow::into_owned);
        }
        rest = inner.get(end + 1..)?;
    }
}

/// Whether the root element of a stanza made by [`stanza_bytes`](crate::xml::stanza_bytes) carries `to`.
pub fn has_to(stanza: &[u8]) -> bool {
    start_tag_attr(stanza, "to").is_some()
}

/// A copy of a stanza made by [`stanza_bytes`](crate::xml::stanza_bytes) without `to`, addressed to `to`.
pub fn with_to(stanza: &Bytes, to: &str) -> Bytes {
    let (name, rest) = stanza.split_at(name_end(stanza));
    let to = minidom::element::escape(to.as_bytes());
    let mut copy = Vec::with_capacity(stanza.len() + to.len() + 6);
    copy.extend_from_slice(name);
    copy.extend_from_slice(b" to=\"");
    copy.extend_from_slice(&to);
    copy.push(b'"');
    copy.extend_from_slice(rest);
    Bytes::from(copy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{parse_stanza, stanza_bytes};

    fn element(text: &str) -> Element {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_can_be_put_into_bytes() {
        for text in [
            "<presence xmlns='jabber:client'/>",
            "<presence xmlns='jabber:client' from='a@b/c' id='to=\"x\"'><status to='x'>to='y'</status></presence>",
            "<message xmlns='jabber:client'><to>x</to></message>",
        ] {
            let bytes = stanza_bytes(&element(text));
            assert!(!has_to(&bytes), "{text}");
            let addressed = with_to(&bytes, "o'neil@b/\"<&");
            assert!(has_to(&addressed));
            let parsed = parse_stanza(&addressed).unwrap();
            assert_eq!(parsed.attr("to"), Some("o'neil@b/\"<&"));
            let mut parsed = parsed;
            parsed.take_attr("to");
            assert_eq!(parsed, element(text));
        }
    }

    proptest::proptest! {
        // The default place for failing seeds would be a folder in `src/`, where every folder is a crate.
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn attributes_are_found_and_addresses_put_in_whatever_they_hold(
            id in "[ -~äß\\n\\t]{0,12}", to in "[ -~äß]{0,12}", text in "[ -~]{1,12}",
        ) {
            let stanza = Element::bare("message", "jabber:client").with_attr("id", &id).with_text(&text);
            let bytes = stanza_bytes(&stanza);
            proptest::prop_assert_eq!(start_tag_attr(&bytes, "id"), Some(id));
            proptest::prop_assert!(!has_to(&bytes));
            let addressed = with_to(&bytes, &to);
            proptest::prop_assert_eq!(parse_stanza(&addressed).unwrap(), stanza.with_attr("to", to));
        }

        #[test]
        fn no_bytes_make_the_search_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            let _found = start_tag_attr(&bytes, "to");
        }
    }

    #[test]
    fn a_present_address_is_seen() {
        let bytes = stanza_bytes(&element("<iq xmlns='jabber:client' from='x' id='a&quot;b' to='y'/>"));
        assert!(has_to(&bytes));
        assert_eq!(start_tag_attr(&bytes, "id").as_deref(), Some("a\"b"));
        assert_eq!(start_tag_attr(&bytes, "type"), None);
        assert!(!has_to(b""));
        assert!(!has_to(b"<a"));
    }
}
