//! Data forms (XEP-0004), as far as we read and write them.

use std::collections::BTreeMap;

use minidom::Element;

use crate::stanza::{Condition, ElementExt as _};

/// Data forms (XEP-0004).
pub(crate) const DATA: &str = "jabber:x:data";

/// A form that somebody sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Form {
    /// `submit` or `cancel`, else something else.
    pub kind: String,
    fields: BTreeMap<String, Vec<String>>,
}

impl Form {
    /// The form within `parent`, if there is one.
    pub(crate) fn within(parent: &Element) -> Option<Self> {
        let x = parent.get_child("x", DATA)?;
        let fields = x.children().filter(|child| child.is("field", DATA)).filter_map(|field| {
            let values = field.children().filter(|child| child.is("value", DATA)).map(Element::text);
            Some((field.attr("var")?.to_owned(), values.collect()))
        });
        Some(Self { kind: x.attr("type").unwrap_or_default().to_owned(), fields: fields.collect() })
    }

    /// Whether it says nothing but what kind of form it is.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.keys().all(|name| name == "FORM_TYPE")
    }

    /// All values of a field; `None` if it is not there.
    pub(crate) fn values(&self, name: &str) -> Option<&[String]> {
        self.fields.get(name).map(Vec::as_slice)
    }

    /// The first value of a field; empty if it has none.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).map(|values| values.first().map_or("", String::as_str))
    }

    /// A boolean (XEP-0004 §3.3).
    pub(crate) fn flag(&self, name: &str) -> Option<Result<bool, Condition>> {
        self.value(name).map(|text| match text.trim() {
            "1" | "true" => Ok(true),
            "0" | "false" => Ok(false),
            _ => Err(Condition::NotAcceptable),
        })
    }

    /// Names of all fields.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// What kind of form it is.
    pub(crate) fn form_type(&self) -> &str {
        self.value("FORM_TYPE").unwrap_or_default()
    }
}

/// A form to be sent.
pub(crate) struct FormWriter(Element);

impl FormWriter {
    /// `kind` is `form` or `result`.
    pub(crate) fn new(kind: &str, form_type: &str) -> Self {
        let mut form = Self(Element::bare("x", DATA).with_attr("type", kind));
        form.field("FORM_TYPE", "hidden", None, [form_type]);
        form
    }

    pub(crate) fn text(&mut self, name: &'static str, text: &str) {
        self.0.append_child(Element::bare(name, DATA).with_text(text));
    }

    /// A field with its values.
    pub(crate) fn field<'v>(
        &mut self,
        var: &str,
        kind: &str,
        label: Option<&str>,
        values: impl IntoIterator<Item = &'v str>,
    ) {
        self.options(var, kind, label, values, &[]);
    }

    /// A field with values and what may be chosen: labels and values.
    pub(crate) fn options<'v>(
        &mut self,
        var: &str,
        kind: &str,
        label: Option<&str>,
        values: impl IntoIterator<Item = &'v str>,
        options: &[(&str, &str)],
    ) {
        let value = |text: &str| Element::bare("value", DATA).with_text(text);
        let mut field = Element::bare("field", DATA)
            .with_attr_opt("var", Some(var).filter(|var| !var.is_empty()))
            .with_attr("type", kind)
            .with_attr_opt("label", label);
        for text in values {
            field.append_child(value(text));
        }
        for (label, text) in options {
            let option = Element::bare("option", DATA).with_attr("label", *label).with_child(value(text));
            field.append_child(option);
        }
        self.0.append_child(field);
    }

    /// Marks the last field as one that has to be filled in.
    pub(crate) fn required(&mut self) {
        if let Some(field) = self.0.children_mut().last() {
            field.append_child(Element::bare("required", DATA));
        }
    }

    pub(crate) fn flag(&mut self, var: &str, label: &str, is_set: bool) {
        self.field(var, "boolean", Some(label), [if is_set { "1" } else { "0" }]);
    }

    /// The columns of a table: names, types and labels (XEP-0004 §3.4).
    pub(crate) fn reported(&mut self, columns: &[(&str, &str, &str)]) {
        let mut reported = Element::bare("reported", DATA);
        for (var, kind, label) in columns {
            let field = Element::bare("field", DATA)
                .with_attr("var", *var)
                .with_attr("type", *kind)
                .with_attr("label", *label);
            reported.append_child(field);
        }
        self.0.append_child(reported);
    }

    /// A line of the table.
    pub(crate) fn item(&mut self, fields: &[(&str, &str)]) {
        let mut item = Element::bare("item", DATA);
        for (var, text) in fields {
            let value = Element::bare("value", DATA).with_text(text);
            item.append_child(Element::bare("field", DATA).with_attr("var", *var).with_child(value));
        }
        self.0.append_child(item);
    }

    /// Text between fields.
    pub(crate) fn fixed(&mut self, text: &str) {
        self.field("", "fixed", None, [text]);
    }

    pub(crate) fn finish(self) -> Element {
        self.0
    }
}
