//! Accounts that clients make before they log in (XEP-0077 §3.1).
//!
//! Compat: the fields are Openfire's, bare and in a form; clients of Spark read either.

use minidom::Element;

use crate::data_form::{Form, FormWriter};
use crate::sasl::prepare_username;
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::{ns, stanza_bytes};

/// The account that a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Its name, prepared.
    pub username: String,
    /// Not empty.
    pub password: String,
    /// The person's name.
    pub name: Option<String>,
    /// The person's address.
    pub email: Option<String>,
}

/// Why a client gets no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationError {
    /// Clients make no accounts here, or not without TLS.
    Closed,
    /// The request is none.
    Malformed,
    /// The name cannot be one of an account.
    BadName,
    /// No name, no password, or something that cannot be stored.
    NotAcceptable,
    /// The name is taken.
    Exists,
    /// Too many were asked for from there, or the store is away: later.
    Later,
}

impl RegistrationError {
    /// What the client is told. Compat: Openfire's conditions.
    pub fn condition(self) -> Condition {
        match self {
            Self::Closed => Condition::Forbidden,
            Self::Malformed => Condition::BadRequest,
            Self::BadName => Condition::JidMalformed,
            Self::NotAcceptable => Condition::NotAcceptable,
            Self::Exists => Condition::Conflict,
            Self::Later => Condition::ResourceConstraint,
        }
    }
}

/// Reads a request; `None` if the client asks what to fill in.
pub(super) fn read(iq: &Element, domain: &str) -> Result<Option<Registration>, RegistrationError> {
    let query = iq.get_child("query", ns::REGISTER).ok_or(RegistrationError::Malformed)?;
    if iq.attr("to").is_some_and(|to| to != domain) {
        return Err(RegistrationError::Closed);
    }
    match iq.attr("type") {
        Some("get") => return Ok(None),
        Some("set") => {}
        _ => return Err(RegistrationError::Malformed),
    }
    if query.has_child("remove", ns::REGISTER) {
        // Whose account? Nobody has logged in.
        return Err(RegistrationError::Closed);
    }
    let form = Form::within(query);
    let text = |name: &str| match &form {
        Some(form) => form.value(name).map(str::to_owned),
        None => query.get_child(name, ns::REGISTER).map(Element::text),
    };
    let given = |name: &str| text(name).filter(|text| !text.trim().is_empty());
    let username = given("username").ok_or(RegistrationError::NotAcceptable)?;
    let username = prepare_username(&username, domain).map_err(|_| RegistrationError::BadName)?;
    let password = text("password").filter(|password| !password.is_empty());
    let password = password.ok_or(RegistrationError::NotAcceptable)?;
    Ok(Some(Registration { username, password, name: given("name"), email: given("email") }))
}

/// Says what to fill in.
pub(super) fn write_form(id: Option<&str>, domain: &str, out: &mut Vec<u8>) {
    let mut form = FormWriter::new("form", ns::REGISTER);
    form.text("title", "New account");
    form.text("instructions", "Choose a name and a password.");
    form.field("username", "text-single", Some("Name of the account"), []);
    form.required();
    form.field("name", "text-single", Some("Your name"), []);
    form.field("email", "text-single", Some("E-mail"), []);
    form.field("password", "text-private", Some("Password"), []);
    form.required();
    let mut query = Element::bare("query", ns::REGISTER);
    for field in ["username", "password", "email", "name"] {
        query.append_child(Element::bare(field, ns::REGISTER));
    }
    write(answer("result", id, domain).with_child(query.with_child(form.finish())), out);
}

/// Says that the account is there.
pub(super) fn write_success(id: Option<&str>, domain: &str, out: &mut Vec<u8>) {
    write(answer("result", id, domain), out);
}

/// Says why not.
pub(super) fn write_error(id: Option<&str>, domain: &str, error: RegistrationError, out: &mut Vec<u8>) {
    write(answer("error", id, domain).with_child(error.condition().to_element()), out);
}

fn answer(kind: &str, id: Option<&str>, domain: &str) -> Element {
    Element::bare("iq", ns::CLIENT).with_attr("type", kind).with_attr_opt("id", id).with_attr("from", domain)
}

fn write(iq: Element, out: &mut Vec<u8>) {
    out.extend_from_slice(&stanza_bytes(&iq));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_set(payload: &str) -> Result<Option<Registration>, RegistrationError> {
        let iq = format!(
            "<iq xmlns='jabber:client' type='set' id='1'><query xmlns='jabber:iq:register'>{payload}</query></iq>"
        );
        read(&iq.parse().expect("XML"), "example.org")
    }

    fn account(name: Option<&str>) -> Registration {
        Registration {
            username: "romeo".into(),
            password: " pencil".into(),
            name: name.map(str::to_owned),
            email: None,
        }
    }

    #[test]
    fn fields_are_read_bare_or_from_a_form() {
        let bare = "<username>Romeo</username><password> pencil</password><name>R</name><email> </email>";
        assert_eq!(read_set(bare), Ok(Some(account(Some("R")))));
        let form = "<username>other</username><x xmlns='jabber:x:data' type='submit'>\
                    <field var='username'><value>romeo</value></field>\
                    <field var='password'><value> pencil</value></field></x>";
        assert_eq!(read_set(form), Ok(Some(account(None))));
    }

    #[test]
    fn what_lacks_something_is_refused() {
        for (payload, error) in [
            ("", RegistrationError::NotAcceptable),
            ("<username>romeo</username>", RegistrationError::NotAcceptable),
            ("<username>romeo</username><password/>", RegistrationError::NotAcceptable),
            ("<username> </username><password>x</password>", RegistrationError::NotAcceptable),
            ("<username>ro meo</username><password>x</password>", RegistrationError::BadName),
            ("<username>a/b</username><password>x</password>", RegistrationError::BadName),
            ("<remove/>", RegistrationError::Closed),
        ] {
            assert_eq!(read_set(payload), Err(error), "{payload}");
        }
    }
}
