//! Imported documents in place of their imports.

use cobnut_diagnostics::Span;

use crate::Spanned;
use crate::document::{Attribute, Document, Element, ElementId, Form, Text};

impl Document {
    /// Puts the children of each imported root in place of the element that imports it.
    ///
    /// The name of the imported root does not matter, as in Hazelcast.
    pub(super) fn splice(&mut self, replacements: Vec<(ElementId, Self)>) {
        let before = std::mem::take(&mut self.elements);
        self.roots.clear();
        let mut replacements = replacements.into_iter().peekable();
        // Where each element went; imports went nowhere.
        let mut moved: Vec<Option<ElementId>> = Vec::with_capacity(before.len());
        for (index, mut element) in before.into_iter().enumerate() {
            let parent = element.parent.and_then(|parent| moved.get(parent.0).copied().flatten());
            if let Some((_, imported)) = replacements.next_if(|(id, _)| id.0 == index) {
                self.append(imported, parent);
                moved.push(None);
                continue;
            }
            // Whatever stands inside an import goes with it.
            if element.parent.is_some() && parent.is_none() {
                moved.push(None);
                continue;
            }
            element.children.clear();
            element.parent = parent;
            moved.push(Some(self.push(element)));
        }
    }

    /// Adds an element behind all others, as the last child of its parent.
    pub(super) fn push(&mut self, element: Element) -> ElementId {
        let id = ElementId(self.elements.len());
        match element.parent {
            Some(parent) => self.elements[parent.0].children.push(id),
            None => self.roots.push(id),
        }
        self.elements.push(element);
        id
    }

    /// Adds what an imported document says as children of `parent`.
    fn append(&mut self, imported: Self, parent: Option<ElementId>) {
        let base = self.sources.append(imported.sources.clone());
        let (outer, inner_root) = match imported.form {
            Form::Document => (parent, imported.roots.first().copied()),
            Form::Fragment { context } => (self.wrap(&imported, context, parent, base), None),
        };
        let mut moved: Vec<Option<ElementId>> = Vec::with_capacity(imported.elements.len());
        for (index, mut element) in imported.elements.into_iter().enumerate() {
            if inner_root == Some(ElementId(index)) {
                moved.push(None);
                continue;
            }
            let inside = element.parent.filter(|&parent| inner_root != Some(parent));
            element.parent = inside.map_or(outer, |parent| moved.get(parent.0).copied().flatten().or(outer));
            element.children.clear();
            element.shift(base);
            moved.push(Some(self.push(element)));
        }
    }

    /// The elements that a fragment lacks, standing where its first and last element stand.
    fn wrap(
        &mut self,
        imported: &Self,
        context: &str,
        parent: Option<ElementId>,
        base: usize,
    ) -> Option<ElementId> {
        let (Some(&first), Some(&last)) = (imported.roots.first(), imported.roots.last()) else {
            return parent;
        };
        let first = imported.element(first);
        let span = Span::new(first.span.start + base, imported.element(last).span.end + base);
        let name_span = Span::new(first.name_span.start + base, first.name_span.end + base);
        let mut outer = parent;
        for name in context.split('/').skip(1) {
            // Members or interfaces without their element can only be meant to be used.
            let is_meant = matches!(name, "tcp-ip" | "interfaces");
            let enabled = is_meant.then(|| Attribute {
                name: Spanned::new("enabled".to_owned(), name_span),
                value: Spanned::new("true".to_owned(), name_span),
                span: name_span,
            });
            outer = Some(self.push(Element {
                name: name.to_owned(),
                name_span,
                span,
                namespace: first.namespace.clone(),
                attributes: enabled.into_iter().collect(),
                text: Text::default(),
                children: Vec::new(),
                parent: outer,
            }));
        }
        outer
    }
}

impl Element {
    /// Moves every place by `base`.
    pub(super) fn shift(&mut self, base: usize) {
        let shift = |span: &mut Span| *span = Span::new(span.start + base, span.end + base);
        shift(&mut self.span);
        shift(&mut self.name_span);
        for attribute in &mut self.attributes {
            shift(&mut attribute.span);
            shift(&mut attribute.name.span);
            shift(&mut attribute.value.span);
        }
        self.text.pieces.iter_mut().for_each(|piece| shift(&mut piece.span));
        self.text.replaced.iter_mut().flatten().for_each(shift);
    }
}
