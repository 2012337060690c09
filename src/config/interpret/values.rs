//! Booleans, numbers and texts of elements and attributes.

use cobnut_diagnostics::Span;

use super::Reading;
use crate::document::ElementId;
use crate::scalar::{java_bool, java_trim, parse_int};
use crate::{Properties, Setting, Spanned, Written};

impl Reading<'_> {
    pub(super) fn number(&self, id: ElementId) -> Option<Spanned<i32>> {
        let Spanned { value, span } = self.document.trimmed_text(id);
        parse_int(&value).map(|number| Spanned::new(number, span))
    }

    pub(super) fn flag(&self, id: ElementId, name: &str, trim: Trim) -> Option<Setting<bool>> {
        let value = &self.document.element(id).attribute(name)?.value;
        let text = if trim == Trim::Yes { java_trim(&value.value) } else { &value.value };
        Some(Setting::written(java_bool(text), value.span))
    }

    /// Joiners compare attribute names in lower case and trim the value.
    pub(super) fn flag_in_any_case(&self, id: ElementId, name: &str) -> Option<Setting<bool>> {
        let value = &self.document.element(id).attribute_ignoring_case(name)?.value;
        Some(Setting::written(java_bool(java_trim(&value.value)), value.span))
    }
}

/// Elements of blocks that are read in one go: children by name, unknown ones passed over.
impl<'a> Reading<'a> {
    /// The children with their names in lower case.
    pub(super) fn children(&self, id: ElementId) -> impl Iterator<Item = (ElementId, String)> + use<'a> {
        let document = self.document;
        document.element(id).children.iter().map(|&child| (child, document.element(child).lower_name()))
    }

    /// An attribute, trimmed.
    pub(super) fn text_of(&self, id: ElementId, attribute: &str) -> Option<Spanned<String>> {
        let value = &self.document.element(id).attribute(attribute)?.value;
        Some(Spanned::new(java_trim(&value.value).to_owned(), value.span))
    }

    /// A boolean attribute, trimmed before it is compared.
    pub(super) fn flag_of(&self, id: ElementId, attribute: &str) -> Option<Spanned<bool>> {
        let text = self.text_of(id, attribute)?;
        Some(Spanned::new(java_bool(&text.value), text.span))
    }

    /// A numeric attribute.
    pub(super) fn number_of(&self, id: ElementId, attribute: &str) -> Option<Written<i32>> {
        Some(Written::read(self.text_of(id, attribute)?, parse_int))
    }

    /// The text of an element, if it has any.
    pub(super) fn text(&self, id: ElementId) -> Option<Spanned<String>> {
        Some(self.document.trimmed_text(id)).filter(|text| !text.value.is_empty())
    }

    /// The text of an element as a number.
    pub(super) fn written_number(&self, id: ElementId) -> Written<i32> {
        Written::read(self.document.trimmed_text(id), parse_int)
    }

    /// The text of an element as a boolean.
    pub(super) fn written_bool(&self, id: ElementId) -> Written<bool> {
        Written::read(self.document.trimmed_text(id), |text| Some(java_bool(text)))
    }

    /// The `property` elements of a `properties` element.
    pub(super) fn properties_of(&self, id: ElementId) -> Properties {
        let mut properties = Properties::default();
        for (child, name) in self.children(id) {
            if let Some(key) = self.text_of(child, "name").filter(|_| name == "property") {
                properties.push(key, self.document.trimmed_text(child));
            }
        }
        properties
    }
}

/// Takes over what is written, and leaves the rest.
pub(super) fn set<T>(setting: &mut Setting<T>, written: Option<Spanned<T>>) {
    if let Some(written) = written {
        *setting = Setting::written(written.value, written.span);
    }
}

/// A number or truth that could be read, with its place.
pub(super) fn known<T>(written: Written<T>) -> Option<Spanned<T>> {
    written.value.map(|value| Spanned::new(value, written.span))
}

/// Whether Hazelcast trims an attribute before it compares it with `true`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trim {
    Yes,
    No,
}

/// A number that fits; one that does not leaves the default, as the rules report it.
pub(super) fn in_range<T: TryFrom<i32>>(number: Spanned<i32>) -> Option<Setting<T>> {
    let span: Span = number.span;
    T::try_from(number.value).ok().map(|value| Setting::written(value, span))
}
