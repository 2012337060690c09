//! Deleting an account, after asking.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::form::path_username;
use crate::accounts;
use crate::app::App;
use crate::auth::FlashKind;
use crate::error::PageError;
use crate::pages::chrome::{Chrome, Menu, Tab};
use crate::pages::{Page, html, see};
use crate::visitor::{Admin, AdminForm};

#[derive(Template)]
#[template(path = "users/delete.html")]
struct DeletePage {
    chrome: Chrome,
    username: String,
}

#[derive(Deserialize)]
pub(in crate::pages) struct NoFields {}

pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(username): Path<String>,
) -> Page {
    let username = path_username(&app, &username)?;
    app.store.user(&username).await?.ok_or(PageError::NotFound)?;
    html(&DeletePage { username, chrome: Chrome::new(&app, admin, Menu::Users, "delete.title") })
}

pub(in crate::pages) async fn submit(
    State(app): State<Arc<App>>,
    Path(username): Path<String>,
    form: AdminForm<NoFields>,
) -> Page {
    let AdminForm { admin, fields: NoFields {} } = form;
    let username = path_username(&app, &username)?;
    // Whoever deletes the own account locks everybody out if it was the only admin.
    if username == admin.username() {
        admin.flash(&app, FlashKind::Error, "delete.own-account", "");
        return see("/users");
    }
    if !accounts::delete(&app, &username, admin.username()).await? {
        return Err(PageError::NotFound);
    }
    admin.flash(&app, FlashKind::Success, "delete.flash", &username);
    see("/users")
}
