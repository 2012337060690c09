//! The form that creating, editing and the password share, and the rules of its fields.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use cobnut_model::limits::{PASSWORD_BYTES_MAX, USER_NAME_CHARS_MAX, USERNAME_CHARS_MAX};

use crate::app::App;
use crate::error::PageError;
use crate::pages::chrome::{Chrome, Menu, Tab};
use crate::pages::{Page, html};
use crate::visitor::Admin;

/// One field of the form.
pub(super) struct Field {
    name: &'static str,
    label: String,
    kind: &'static str,
    value: String,
    autocomplete: &'static str,
    chars_max: usize,
    is_required: bool,
    error: Option<String>,
}

/// What is wrong with a field: its name and the key of the message.
pub(super) type FieldErrors = Vec<(&'static str, &'static str)>;

/// Values of a form of which a page may use a part.
#[derive(Default, Clone)]
pub(super) struct Values {
    pub(super) username: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) password: String,
    pub(super) password_confirm: String,
}

/// Which form it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Edit,
    Password,
}

#[derive(Template)]
#[template(path = "users/form.html")]
struct FormPage {
    chrome: Chrome,
    subject: Option<String>,
    note: Option<String>,
    has_errors: bool,
    action: String,
    fields: Vec<Field>,
    submit: String,
    cancel: String,
}

/// Shows a form; with errors the status says that nothing was changed.
pub(super) fn page(app: &Arc<App>, admin: Admin, kind: Kind, values: &Values, errors: &FieldErrors) -> Page {
    let (menu, title, submit) = match kind {
        Kind::Create => (Menu::NewUser, "users.create-title", "users.create"),
        Kind::Edit => (Menu::Users, "users.edit-title", "common.save"),
        Kind::Password => (Menu::Users, "users.password-title", "users.password-submit"),
    };
    let chrome = Chrome::new(app, admin, menu, title);
    let (action, cancel) = match kind {
        Kind::Create => ("/users/new".to_owned(), "/users".to_owned()),
        Kind::Edit => (super::path(&values.username, "/edit"), super::path(&values.username, "")),
        Kind::Password => (super::path(&values.username, "/password"), super::path(&values.username, "")),
    };
    let form = FormPage {
        subject: (kind != Kind::Create).then(|| values.username.clone()),
        note: (kind == Kind::Password).then(|| chrome.t("users.password-note").to_owned()),
        has_errors: !errors.is_empty(),
        action,
        fields: fields(&chrome, kind, values, errors),
        submit: chrome.t(submit).to_owned(),
        cancel,
        chrome,
    };
    let mut response = html(&form)?;
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn fields(chrome: &Chrome, kind: Kind, values: &Values, errors: &FieldErrors) -> Vec<Field> {
    let field = |name, label: &str, kind, value: &str, autocomplete, chars_max, is_required| Field {
        name,
        label: chrome.t(label).to_owned(),
        kind,
        value: value.to_owned(),
        autocomplete,
        chars_max,
        is_required,
        error: errors.iter().find(|(field, _)| *field == name).map(|(_, key)| chrome.t(key).to_owned()),
    };
    let mut fields = Vec::new();
    if kind == Kind::Create {
        fields.push(field(
            "username",
            "users.username",
            "text",
            &values.username,
            "off",
            USERNAME_CHARS_MAX,
            true,
        ));
    }
    if kind != Kind::Password {
        fields.push(field("name", "users.name", "text", &values.name, "off", USER_NAME_CHARS_MAX, false));
        fields.push(field("email", "users.email", "email", &values.email, "off", USER_NAME_CHARS_MAX, false));
    }
    if kind != Kind::Edit {
        // Passwords are never sent back to the browser.
        let new = "new-password";
        fields.push(field("password", "users.new-password", "password", "", new, PASSWORD_BYTES_MAX, true));
        fields.push(field(
            "password_confirm",
            "users.confirm",
            "password",
            "",
            new,
            PASSWORD_BYTES_MAX,
            true,
        ));
    }
    fields
}

/// Checks display name and e-mail against Openfire's columns.
pub(super) fn check_profile(values: &Values, errors: &mut FieldErrors) {
    for (field, value) in [("name", &values.name), ("email", &values.email)] {
        if value.chars().count() > USER_NAME_CHARS_MAX {
            errors.push((field, "form.too-long"));
        } else if value.chars().any(char::is_control) {
            errors.push((field, "form.control"));
        }
    }
    let is_address = |email: &str| {
        email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !email.contains(char::is_whitespace)
        })
    };
    if !values.email.is_empty() && !is_address(&values.email) {
        errors.push(("email", "form.email"));
    }
}

/// Checks a new password and its repetition.
pub(super) fn check_password(values: &Values, errors: &mut FieldErrors) {
    if values.password.is_empty() {
        errors.push(("password", "form.required"));
    } else if values.password.len() > PASSWORD_BYTES_MAX {
        errors.push(("password", "form.too-long"));
    } else if values.password.chars().any(char::is_control) {
        errors.push(("password", "form.control"));
    } else if values.password != values.password_confirm {
        errors.push(("password_confirm", "form.mismatch"));
    }
}

/// A value that may be absent: blank means absent.
pub(super) fn optional(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// The prepared name in the path of a page, or no such page.
pub(super) fn path_username(app: &App, typed: &str) -> Result<String, PageError> {
    app.local_username(typed).ok_or(PageError::NotFound)
}
