//! The pages: one file each, with the handler and the values of its template.

mod chrome;
mod clustering;
mod config;
mod config_editor;
mod error;
mod language;
mod legacy;
mod login;
mod orders;
mod overview;
mod pager;
mod picture;
mod properties;
mod secret;
pub(crate) mod sessions;
mod timeline;
mod users;

pub(crate) use error::error_page;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::app::App;
use crate::error::PageError;

/// What a handler answers.
type Page = Result<Response, PageError>;

/// All pages.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(overview::show))
        .route("/login", get(login::show).post(login::submit))
        .route("/logout", post(login::logout))
        .route("/language/{tag}", get(language::choose))
        .route("/properties", get(properties::show))
        .route("/clustering", get(clustering::show).post(clustering::save))
        .route("/clustering/reload", post(clustering::reload))
        .route("/clustering/secret", get(secret::show).post(secret::submit))
        .route("/clustering/nodes/{id}/{order}", get(orders::show).post(orders::submit))
        .route("/config", get(config::show))
        .merge(config_editor::routes())
        .route("/users", get(users::summary::show))
        .route("/users/new", get(users::create::show).post(users::create::submit))
        .route("/users/{username}", get(users::details::show))
        .route("/users/{username}/edit", get(users::edit::show).post(users::edit::submit))
        .route("/users/{username}/password", get(users::password::show).post(users::password::submit))
        .route("/users/{username}/delete", get(users::delete::show).post(users::delete::submit))
        .route("/sessions", get(sessions::show))
        .route("/sessions/{jid}/kick", post(sessions::kick))
        .merge(legacy::routes())
}

/// Renders a template as a page.
fn html(template: &impl Template) -> Page {
    Ok(Html(template.render()?).into_response())
}

/// Sends the browser to a path after a form, so that reloading does not send the form again.
#[expect(clippy::unnecessary_wraps, reason = "every handler ends in a Page")]
fn see(path: &str) -> Page {
    Ok(Redirect::to(path).into_response())
}
