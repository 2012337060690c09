//! One account: its data and its sessions.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use super::form::path_username;
use crate::app::App;
use crate::display;
use crate::error::PageError;
use crate::pages::chrome::{Chrome, Menu, Tab};
use crate::pages::sessions::{SessionRow, session_rows};
use crate::pages::{Page, html};
use crate::visitor::Admin;

#[derive(Template)]
#[template(path = "users/details.html")]
struct DetailsPage {
    chrome: Chrome,
    username: String,
    jid: String,
    name: String,
    email: String,
    created: String,
    modified: String,
    is_admin: bool,
    is_locked_out: bool,
    sessions: Vec<SessionRow>,
}

pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(username): Path<String>,
) -> Page {
    let username = path_username(&app, &username)?;
    let user = app.store.user(&username).await?.ok_or(PageError::NotFound)?;
    let credentials = app.store.credentials(&username).await?;
    let jid = app.jid_of(&username).ok_or(PageError::NotFound)?;
    let sessions = session_rows(&app, app.cluster.sessions().of(&jid));
    let mut chrome = Chrome::new(&app, admin, Menu::Users, "users.details-title").refreshing(10);
    chrome.title = format!("{username} · {}", chrome.title);
    html(&DetailsPage {
        chrome,
        is_admin: app.is_admin(&username),
        is_locked_out: credentials.is_some_and(|credentials| credentials.is_locked_out),
        jid: jid.to_string(),
        name: user.name.unwrap_or_default(),
        email: user.email.unwrap_or_default(),
        created: display::time(user.created_at),
        modified: display::time(user.modified_at),
        username,
        sessions,
    })
}
