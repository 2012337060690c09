//! The page that says what went wrong, in the visitor's language.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

use super::chrome::{Chrome, Menu, Tab};
use crate::app::App;
use crate::auth::ConsoleSession;
use crate::error::PageError;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    chrome: Chrome,
    status: u16,
    text: String,
    back: String,
}

/// Shows an error, inside the console for an admin and bare for everybody else.
pub(crate) fn error_page(
    app: &App,
    visitor: Visitor,
    session: Option<ConsoleSession>,
    error: &PageError,
) -> Response {
    let (title, text) = error.keys();
    // Trying the same page again makes sense when the cause may pass.
    let back = if error.status().is_server_error() { visitor.location.clone() } else { "/".to_owned() };
    let mut chrome = Chrome::public(app, visitor, title);
    if let Some(session) = session {
        chrome.sign_in(app, &session);
        if let (PageError::Store(_), Some(signed_in)) = (error, &mut chrome.signed_in) {
            // The page itself says it.
            signed_in.database_lost_since = None;
        }
    }
    let text = chrome.t(text).to_owned();
    let page = ErrorPage { chrome, status: error.status().as_u16(), text, back };
    let body = page.render().unwrap_or_else(|_| error.status().to_string());
    (error.status(), Html(body)).into_response()
}
