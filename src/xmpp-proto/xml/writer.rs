//! Serialisation of stanzas for a stream whose default namespace is `jabber:client`.
//!
//! A stanza in `jabber:client` carries no `xmlns` of its own, as the stream header declares it; a child carries one
//! only where the namespace changes. Prefixes are not kept: nothing in XMPP may depend on them (RFC 6120 §4.8.5).

use std::borrow::Cow;

use bytes::Bytes;
use minidom::{Element, Node};
use quick_xml::Writer;
use quick_xml::escape::{escape, partial_escape};
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::QName;

use super::ns;

/// Serialises one stanza.
pub fn stanza_bytes(stanza: &Element) -> Bytes {
    let mut out = Vec::with_capacity(256);
    write_stanza(stanza, &mut out);
    Bytes::from(out)
}

/// Appends one stanza to `out`.
pub fn write_stanza(stanza: &Element, out: &mut Vec<u8>) {
    XmlWriter::new(out).element(stanza, ns::CLIENT);
}

/// quick-xml without results: writing to memory cannot fail.
pub(crate) struct XmlWriter<'a>(Writer<&'a mut Vec<u8>>);

impl<'a> XmlWriter<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self(Writer::new(out))
    }

    /// Nesting is bounded by the parser for everything that peers send.
    pub(crate) fn element(&mut self, element: &Element, inherited: &str) {
        let namespace = element.ns();
        let mut start = BytesStart::new(element.name());
        if namespace != inherited {
            push(&mut start, "xmlns", &namespace);
        }
        for (index, ((attribute_ns, name), value)) in element.attrs().iter().enumerate() {
            if attribute_ns.is_empty() {
                push(&mut start, name.as_str(), value);
            } else if attribute_ns.as_str() == ns::XML {
                push(&mut start, &format!("xml:{name}"), value);
            } else {
                push(&mut start, &format!("xmlns:a{index}"), attribute_ns.as_str());
                push(&mut start, &format!("a{index}:{name}"), value);
            }
        }
        let mut nodes = element.nodes().peekable();
        if nodes.peek().is_none() {
            return self.event(Event::Empty(start));
        }
        self.event(Event::Start(start));
        for node in nodes {
            match node {
                Node::Element(child) => self.element(child, &namespace),
                Node::Text(text) => self.text(text),
            }
        }
        self.end(element.name());
    }

    /// An opening tag.
    pub(crate) fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.event(Event::Start(tag(name, attributes)));
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.event(Event::Empty(tag(name, attributes)));
    }

    /// A closing tag.
    pub(crate) fn end(&mut self, name: &str) {
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// Character data.
    pub(crate) fn text(&mut self, text: &str) {
        self.event(Event::Text(BytesText::from_escaped(partial_escape(text))));
    }

    /// An element with nothing but text.
    pub(crate) fn text_element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.start(name, attributes);
        self.text(text);
        self.end(name);
    }

    fn event(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect("a Vec takes everything");
    }
}

fn tag<'n>(name: &'n str, attributes: &[(&str, &str)]) -> BytesStart<'n> {
    let mut start = BytesStart::new(name);
    for (name, value) in attributes {
        push(&mut start, name, value);
    }
    start
}

/// Line breaks and tabs in attributes would come back as spaces if they were not escaped (XML 1.0 §3.3.3).
fn push(start: &mut BytesStart<'_>, name: &str, value: &str) {
    let mut escaped = escape(value);
    if escaped.contains(['\n', '\t']) {
        escaped = Cow::Owned(escaped.replace('\n', "&#10;").replace('\t', "&#9;"));
    }
    start.push_attribute(Attribute { key: QName(name), value: escaped });
}
