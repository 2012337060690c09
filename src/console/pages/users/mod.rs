//! Accounts: list, create, look, edit, password, delete.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod details;
pub(super) mod edit;
mod form;
pub(super) mod password;
pub(super) mod summary;

/// The address of a page of one account.
pub(super) fn path(username: &str, page: &str) -> String {
    // In a path a space is `%20`, not the `+` of forms.
    let encoded = askama::filters::urlencode_strict(username).map(|text| text.to_string());
    format!("/users/{}{page}", encoded.unwrap_or_default())
}
