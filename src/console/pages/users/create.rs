//! Creating an account.

use std::sync::Arc;

use axum::extract::State;
use cobnut_store::CreateUser;
use serde::Deserialize;

use super::form::{FieldErrors, Kind, Values, check_password, check_profile, page};
use crate::accounts::{self, NewAccount};
use crate::app::{App, UsernameError, new_username};
use crate::auth::FlashKind;
use crate::pages::{Page, see};
use crate::visitor::{Admin, AdminForm};

#[derive(Deserialize)]
pub(in crate::pages) struct CreateForm {
    #[serde(default)]
    username: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_confirm: String,
}

pub(in crate::pages) async fn show(State(app): State<Arc<App>>, admin: Admin) -> Page {
    page(&app, admin, Kind::Create, &Values::default(), &FieldErrors::new())
}

pub(in crate::pages) async fn submit(State(app): State<Arc<App>>, form: AdminForm<CreateForm>) -> Page {
    let AdminForm { admin, fields } = form;
    let CreateForm { username, name, email, password, password_confirm } = fields;
    let values = Values { username, name, email, password, password_confirm };
    let mut errors = FieldErrors::new();
    let username = new_username(&values.username).unwrap_or_else(|err| {
        errors.push(("username", username_error(err)));
        String::new()
    });
    check_profile(&values, &mut errors);
    check_password(&values, &mut errors);
    if !errors.is_empty() {
        return page(&app, admin, Kind::Create, &values, &errors);
    }
    let account = NewAccount {
        username: username.clone(),
        name: super::form::optional(&values.name),
        email: super::form::optional(&values.email),
        password: values.password.clone(),
    };
    match accounts::create(&app, account, admin.username()).await? {
        CreateUser::Created => {
            admin.flash(&app, FlashKind::Success, "users.created-flash", &username);
            see("/users")
        }
        CreateUser::Exists => {
            page(&app, admin, Kind::Create, &values, &vec![("username", "form.username-taken")])
        }
    }
}

fn username_error(err: UsernameError) -> &'static str {
    match err {
        UsernameError::Empty => "form.required",
        UsernameError::TooLong => "form.username-long",
        UsernameError::Forbidden => "form.username",
    }
}
