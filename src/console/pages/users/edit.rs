//! Changing name and e-mail of an account.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Deserialize;
use tracing::info;

use super::form::{FieldErrors, Kind, Values, check_profile, optional, page, path_username};
use crate::app::App;
use crate::auth::FlashKind;
use crate::error::PageError;
use crate::pages::{Page, see};
use crate::visitor::{Admin, AdminForm};

#[derive(Deserialize)]
pub(in crate::pages) struct EditForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
}

pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(username): Path<String>,
) -> Page {
    let username = path_username(&app, &username)?;
    let user = app.store.user(&username).await?.ok_or(PageError::NotFound)?;
    let values = Values {
        username,
        name: user.name.unwrap_or_default(),
        email: user.email.unwrap_or_default(),
        ..Values::default()
    };
    page(&app, admin, Kind::Edit, &values, &FieldErrors::new())
}

pub(in crate::pages) async fn submit(
    State(app): State<Arc<App>>,
    Path(username): Path<String>,
    form: AdminForm<EditForm>,
) -> Page {
    let AdminForm { admin, fields: EditForm { name, email } } = form;
    let username = path_username(&app, &username)?;
    let values = Values { username: username.clone(), name, email, ..Values::default() };
    let mut errors = FieldErrors::new();
    check_profile(&values, &mut errors);
    if !errors.is_empty() {
        return page(&app, admin, Kind::Edit, &values, &errors);
    }
    let (name, email) = (optional(&values.name), optional(&values.email));
    if !app.store.update_user(&username, name.as_deref(), email.as_deref()).await? {
        return Err(PageError::NotFound);
    }
    info!(jid = username, admin = admin.username(), "account edited in the console");
    admin.flash(&app, FlashKind::Success, "users.edited-flash", &username);
    see(&super::path(&username, ""))
}
