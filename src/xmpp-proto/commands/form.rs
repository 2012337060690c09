//! The forms of commands, and reading them.

use jid::Jid;
use minidom::Element;

use super::NS_ADMIN;
use crate::data_form::{Form, FormWriter};
use crate::sasl::prepare_username;
use crate::stanza::Condition;

/// A field that an administrator fills in.
pub(super) struct Field {
    pub(super) var: &'static str,
    /// The type of XEP-0004 §3.3.
    pub(super) kind: &'static str,
    pub(super) label: &'static str,
    pub(super) is_required: bool,
}

/// A field that has to be filled in.
pub(super) const fn required(var: &'static str, kind: &'static str, label: &'static str) -> Field {
    Field { var, kind, label, is_required: true }
}

/// A field that may stay empty.
pub(super) const fn optional(var: &'static str, kind: &'static str, label: &'static str) -> Field {
    Field { var, kind, label, is_required: false }
}

/// A form to be filled in.
pub(super) fn form_of(title: &str, fields: &[Field]) -> Element {
    let mut form = FormWriter::new("form", NS_ADMIN);
    form.text("title", title);
    for field in fields {
        form.field(field.var, field.kind, Some(field.label), []);
        if field.is_required {
            form.required();
        }
    }
    form.finish()
}

/// A form with results: names, types of XEP-0004 and values.
pub(super) fn results<'v>(fields: impl IntoIterator<Item = (&'v str, &'v str, Vec<String>)>) -> Element {
    let mut form = FormWriter::new("result", NS_ADMIN);
    for (var, kind, values) in fields {
        form.field(var, kind, None, values.iter().map(String::as_str));
    }
    form.finish()
}

/// What stands in a field, if anything does.
pub(super) fn text<'f>(form: &'f Form, var: &str) -> Option<&'f str> {
    form.value(var).filter(|value| !value.trim().is_empty())
}

/// What stands in a field that has to be filled in; `bad-request` otherwise.
pub(super) fn some_text<'f>(form: &'f Form, var: &str) -> Result<&'f str, Condition> {
    text(form, var).ok_or(Condition::BadRequest)
}

/// The lines of a field for a longer text.
pub(super) fn lines(form: &Form, var: &str) -> Result<String, Condition> {
    let text = form.values(var).unwrap_or_default().join("\n");
    if text.trim().is_empty() { Err(Condition::BadRequest) } else { Ok(text) }
}

/// The name of an account of `domain`, from its bare JID.
pub(super) fn username(form: &Form, var: &str, domain: &str) -> Result<String, Condition> {
    account(some_text(form, var)?, domain)
}

/// The names of accounts of `domain`, at least one.
pub(super) fn usernames(form: &Form, var: &str, domain: &str) -> Result<Vec<String>, Condition> {
    let names: Result<Vec<String>, Condition> = filled(form, var).map(|text| account(text, domain)).collect();
    names.and_then(some)
}

/// Addresses, at least one.
pub(super) fn addresses(form: &Form, var: &str) -> Result<Vec<Jid>, Condition> {
    let jids: Result<Vec<Jid>, Condition> =
        filled(form, var).map(|text| Jid::new(text.trim()).map_err(|_| Condition::JidMalformed)).collect();
    jids.and_then(some)
}

fn filled<'f>(form: &'f Form, var: &str) -> impl Iterator<Item = &'f str> {
    let values = form.values(var).unwrap_or_default().iter();
    values.map(String::as_str).filter(|text| !text.trim().is_empty())
}

fn some<T>(values: Vec<T>) -> Result<Vec<T>, Condition> {
    if values.is_empty() { Err(Condition::BadRequest) } else { Ok(values) }
}

fn account(text: &str, domain: &str) -> Result<String, Condition> {
    prepare_username(text, domain).map_err(|_| Condition::JidMalformed)
}
