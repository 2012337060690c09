//! YAML's lists and mappings into the elements and attributes that XML has for the same.

use cobnut_diagnostics::{Diagnostic, Span};

use super::error;
use super::tree::{Kind, NodeId, Tree};
use crate::Spanned;
use crate::document::{Attribute, Document, Element, ElementId, PieceKind, Text};
use crate::elements::{self, Effect, Known, ValueType, Version};
use crate::reader::{DEPTH_MAX, NODES_MAX, depth};

/// The namespace that an XML file would have.
const NAMESPACE: &str = "http://www.hazelcast.com/schema/config";
/// What holds the text of an element that has attributes, too; `port` is its own key.
const TEXT_KEYS: [&str; 3] = ["class-name", "name", "value"];
/// Keys that are spelt otherwise in XML.
const OTHERWISE: [(&str, &str); 1] = [("loopback-mode-enabled", "loopbackModeEnabled")];

/// The one element whose YAML is a list of lists: one list for each element.
const LIST_OF_LISTS: &str = "member-group";

/// Most bytes of text that all elements together may hold.
const TEXT_BYTES_MAX: usize = 8 << 20;

/// Turns the value of the top key into the elements of `document`.
pub(super) fn fill_in(
    document: &mut Document,
    tree: &Tree,
    key: NodeId,
    value: NodeId,
) -> Result<(), Box<Diagnostic>> {
    let mut shaping = Shaping { document, tree, text_bytes: 0 };
    let root = shaping.element(None, elements::ROOT, tree.node(key).span, value)?;
    shaping.fill(root, elements::element(elements::ROOT), value)
}

pub(super) struct Shaping<'a> {
    pub(super) document: &'a mut Document,
    pub(super) tree: &'a Tree,
    /// Bytes of all texts and attributes so far.
    text_bytes: usize,
}

impl Shaping<'_> {
    /// Adds an element with nothing inside.
    pub(super) fn element(
        &mut self,
        parent: Option<ElementId>,
        name: &str,
        name_span: Span,
        value: NodeId,
    ) -> Result<ElementId, Box<Diagnostic>> {
        // Aliases repeat what they stand for, so the tree alone bounds nothing.
        if self.document.elements.len() >= NODES_MAX as usize {
            return Err(Box::new(error::too_many(self.document.sources.main(), name_span)));
        }
        let id = ElementId(self.document.elements.len());
        let end = self.tree.node(value).span.end.max(name_span.end);
        if self.text_bytes > TEXT_BYTES_MAX {
            return Err(Box::new(error::too_much_text(self.document.sources.main(), name_span)));
        }
        self.document.elements.push(Element {
            name: name.to_owned(),
            name_span,
            span: Span::new(name_span.start, end),
            namespace: Some(NAMESPACE.to_owned()),
            attributes: Vec::new(),
            text: Text::default(),
            children: Vec::new(),
            parent,
        });
        match parent {
            Some(parent) => self.document.elements[parent.0].children.push(id),
            None => self.document.roots.push(id),
        }
        if depth(self.document, id) > DEPTH_MAX {
            return Err(Box::new(error::too_deep(self.document.sources.main(), name_span)));
        }
        Ok(id)
    }

    /// Adds an element and all that `value` says of it.
    pub(super) fn child(
        &mut self,
        parent: ElementId,
        name: &str,
        name_span: Span,
        known: Option<Known>,
        value: NodeId,
    ) -> Result<ElementId, Box<Diagnostic>> {
        let id = self.element(Some(parent), name, name_span, value)?;
        self.fill(id, known, value)?;
        Ok(id)
    }

    pub(super) fn fill(
        &mut self,
        id: ElementId,
        known: Option<Known>,
        value: NodeId,
    ) -> Result<(), Box<Diagnostic>> {
        let node = self.tree.node(value);
        match &node.kind {
            Kind::Scalar { is_null: true, .. } => {
                let name = &self.document.element(id).name;
                Err(Box::new(error::null(
                    self.document.sources.main(),
                    self.document.element(id).name_span,
                    name,
                )))
            }
            Kind::Scalar { .. } => {
                self.fill_scalar(id, known, value);
                Ok(())
            }
            Kind::Sequence(items) => {
                self.refuse_for_text(id, known, value, true)?;
                self.fill_sequence(id, known, items)
            }
            Kind::Mapping(pairs) => {
                if !pairs.iter().any(|(key, _)| self.is_text_key(id, known, *key)) {
                    self.refuse_for_text(id, known, value, false)?;
                }
                pairs.iter().try_for_each(|&(key, value)| self.fill_pair(id, known, key, value))
            }
        }
    }

    /// A text, or the one attribute that is all an element such as `import` has.
    fn fill_scalar(&mut self, id: ElementId, known: Option<Known>, value: NodeId) {
        let only = known.filter(|known| known.info.value == ValueType::Nothing).and_then(|known| {
            known.attributes().find(|attribute| attribute.info.required).map(|attribute| attribute.info.name)
        });
        let span = self.tree.node(value).span;
        match only {
            Some(name) => self.attribute(id, name, span, value),
            None => self.text(id, value),
        }
    }

    pub(super) fn text(&mut self, id: ElementId, value: NodeId) {
        if let Kind::Scalar { value, content, .. } = &self.tree.node(value).kind {
            self.text_bytes += value.len();
            self.document.elements[id.0].text.push_as(value, *content, PieceKind::Yaml);
        }
    }

    pub(super) fn attribute(&mut self, id: ElementId, name: &str, name_span: Span, value: NodeId) {
        let node = self.tree.node(value);
        if let Kind::Scalar { value, content, .. } = &node.kind {
            self.text_bytes += value.len();
            self.document.elements[id.0].attributes.push(Attribute {
                name: Spanned::new(name.to_owned(), name_span),
                value: Spanned::new(value.clone(), *content),
                span: Span::new(name_span.start, node.span.end.max(name_span.end)),
            });
        }
    }

    /// Each item is one of the elements that the list's own element is there to hold.
    fn fill_sequence(
        &mut self,
        id: ElementId,
        known: Option<Known>,
        items: &[NodeId],
    ) -> Result<(), Box<Diagnostic>> {
        let named = self.document.element(id).name.clone();
        let inner = known.and_then(|known| repeated_child(known).or_else(|| plural_child(known, &named)));
        let name = inner.map_or("item", |inner| inner.info.name);
        self.each_item(id, name, inner, items)
    }

    fn each_item(
        &mut self,
        parent: ElementId,
        name: &str,
        known: Option<Known>,
        items: &[NodeId],
    ) -> Result<(), Box<Diagnostic>> {
        for &item in items {
            // An item has no name of its own; a long one is pointed at by its first characters.
            let span = self.tree.node(item).span;
            self.child(parent, name, span, known, item)?;
        }
        Ok(())
    }

    /// Each key is the name of one of several elements of a kind.
    fn each_named(
        &mut self,
        parent: ElementId,
        known: Known,
        pairs: &[(NodeId, NodeId)],
    ) -> Result<(), Box<Diagnostic>> {
        self.each_named_by(parent, known, "name", pairs)
    }

    fn each_named_by(
        &mut self,
        parent: ElementId,
        known: Known,
        attribute: &str,
        pairs: &[(NodeId, NodeId)],
    ) -> Result<(), Box<Diagnostic>> {
        for &(key, value) in pairs {
            let span = self.tree.node(key).span;
            let id = self.element(Some(parent), known.info.name, span, value)?;
            self.attribute(id, attribute, span, key);
            self.fill(id, Some(known), value)?;
        }
        Ok(())
    }

    pub(super) fn fill_pair(
        &mut self,
        id: ElementId,
        known: Option<Known>,
        key: NodeId,
        value: NodeId,
    ) -> Result<(), Box<Diagnostic>> {
        let span = self.tree.node(key).span;
        let written = self.tree.text(key).unwrap_or_default();
        if let Some(outcome) = known.and_then(|known| self.irregular(id, known, (key, value))) {
            return outcome;
        }
        let is_scalar = matches!(self.tree.node(value).kind, Kind::Scalar { is_null: false, .. });
        let name = OTHERWISE.iter().find(|(yaml, _)| *yaml == written).map_or(written, |(_, xml)| *xml);
        if is_scalar && known.is_some_and(|known| known.attribute(name).is_some()) {
            self.attribute(id, name, span, value);
            return Ok(());
        }
        if is_scalar && self.is_text_key(id, known, key) {
            self.text(id, value);
            return Ok(());
        }
        // Properties may have any name, `property` too.
        if let Some(only) = known.filter(|known| known.info.children.len() == 1).and_then(repeated_child)
            && only.attribute("name").is_some()
            && !is_plural(only.info.name, written)
        {
            return self.each_named(id, only, &[(key, value)]);
        }
        if let Some(child) = known.and_then(|known| known.child(written)) {
            return self.known_child(id, child, span, value);
        }
        let repeated = known.and_then(repeated_child);
        match repeated.or_else(|| known.and_then(|known| plural_child(known, written))) {
            Some(inner) if is_plural(inner.info.name, written) => match &self.tree.node(value).kind {
                Kind::Sequence(items) => self.each_item(id, inner.info.name, Some(inner), items),
                Kind::Mapping(pairs) if inner.attribute("name").is_some() => {
                    self.each_named(id, inner, pairs)
                }
                _ => self.child(id, inner.info.name, span, Some(inner), value).map(drop),
            },
            Some(inner) if inner.attribute("name").is_some() => self.each_named(id, inner, &[(key, value)]),
            _ => self.child(id, written, span, None, value).map(drop),
        }
    }

    pub(super) fn known_child(
        &mut self,
        parent: ElementId,
        child: Known,
        span: Span,
        value: NodeId,
    ) -> Result<(), Box<Diagnostic>> {
        let name = child.info.name;
        if let Kind::Mapping(pairs) = &self.tree.node(value).kind
            && self.holds_mappings(pairs)
            && !pairs.is_empty()
        {
            if child.attribute("name").is_some_and(|name| name.info.required) {
                return self.each_named(parent, child, pairs);
            }
            if child.info.repeats && child.attribute("publisher-id").is_some() {
                return self.each_named_by(parent, child, "publisher-id", pairs);
            }
            if child.info.repeats && child.child("publisher-id").is_some() {
                return self.named_inside(parent, child, "publisher-id", value);
            }
        }
        if child.info.repeats {
            match &self.tree.node(value).kind {
                Kind::Mapping(pairs) if child.attribute("name").is_some() => {
                    return self.each_named(parent, child, pairs);
                }
                Kind::Sequence(items) if repeated_child(child).is_none() || name == LIST_OF_LISTS => {
                    return self.each_item(parent, name, Some(child), items);
                }
                _ => {}
            }
        }
        self.child(parent, name, span, Some(child), value).map(drop)
    }

    /// `port` within `port`, and `class-name` where XML has the class as text.
    fn is_text_key(&self, id: ElementId, known: Option<Known>, key: NodeId) -> bool {
        let key = self.tree.text(key);
        let is_free = |known: Known, key: &str| known.child(key).is_none() && known.attribute(key).is_none();
        let has_text = known.is_some_and(|known| {
            known.info.value != ValueType::Nothing && key.is_some_and(|key| is_free(known, key))
        });
        let own_name = self.document.element(id).name.as_str();
        has_text && key.is_some_and(|key| key == own_name || TEXT_KEYS.contains(&key))
    }

    /// Where a text decides something, a list or mapping is a mistake; elsewhere shapes are not looked at.
    fn refuse_for_text(
        &self,
        id: ElementId,
        known: Option<Known>,
        value: NodeId,
        is_list: bool,
    ) -> Result<(), Box<Diagnostic>> {
        let needs_text = known.is_some_and(|known| {
            known.info.value != ValueType::Nothing
                && known.info.children.is_empty()
                && known.effect == Effect::Obeyed
                && (is_list || known.info.attributes.is_empty())
        });
        if !needs_text {
            return Ok(());
        }
        let name = &self.document.element(id).name;
        let tell = if is_list { error::list_for_text } else { error::mapping_for_text };
        Err(Box::new(tell(self.document.sources.main(), self.tree.node(value).span, name)))
    }
}

/// The one element that another is there to hold several of.
pub(super) fn repeated_child(known: Known) -> Option<Known> {
    let repeated: Vec<Known> = known.children().filter(|child| child.info.repeats).collect();
    let lasting = || repeated.iter().filter(|child| child.versions.until == Version::NEWEST);
    match (repeated.as_slice(), lasting().count()) {
        _ if known.info.name == elements::ROOT => None,
        ([only], _) => Some(*only),
        // An old name of the same stands beside it.
        (_, 1) => lasting().next().copied(),
        _ => None,
    }
}

/// The child that a key names in the plural, such as `endpoint-groups`.
fn plural_child(known: Known, key: &str) -> Option<Known> {
    known.children().find(|child| child.info.repeats && is_plural(child.info.name, key))
}

fn is_plural(name: &str, key: &str) -> bool {
    key.strip_suffix('s') == Some(name)
        || key.strip_suffix("ies").is_some_and(|stem| name.strip_suffix('y') == Some(stem))
}
