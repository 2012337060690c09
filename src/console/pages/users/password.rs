//! A new password for an account; its sessions end.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Deserialize;

use super::form::{FieldErrors, Kind, Values, check_password, page, path_username};
use crate::accounts;
use crate::app::App;
use crate::auth::FlashKind;
use crate::error::PageError;
use crate::pages::{Page, see};
use crate::visitor::{Admin, AdminForm};

#[derive(Deserialize)]
pub(in crate::pages) struct PasswordForm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_confirm: String,
}

pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(username): Path<String>,
) -> Page {
    let username = path_username(&app, &username)?;
    app.store.user(&username).await?.ok_or(PageError::NotFound)?;
    let values = Values { username, ..Values::default() };
    page(&app, admin, Kind::Password, &values, &FieldErrors::new())
}

pub(in crate::pages) async fn submit(
    State(app): State<Arc<App>>,
    Path(username): Path<String>,
    form: AdminForm<PasswordForm>,
) -> Page {
    let AdminForm { admin, fields: PasswordForm { password, password_confirm } } = form;
    let username = path_username(&app, &username)?;
    let values = Values { username: username.clone(), password, password_confirm, ..Values::default() };
    let mut errors = FieldErrors::new();
    check_password(&values, &mut errors);
    if !errors.is_empty() {
        return page(&app, admin, Kind::Password, &values, &errors);
    }
    if !accounts::set_password(&app, &username, values.password, &admin.session).await? {
        return Err(PageError::NotFound);
    }
    admin.flash(&app, FlashKind::Success, "users.password-flash", &username);
    see(&super::path(&username, ""))
}
