//! The editor of the configuration page: what it starts with, and the linter for browsers that cannot run it themselves.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use cobnut_diagnostics::{Encoding, Source};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::chrome::Chrome;
use crate::app::App;
use crate::auth::secrets_match;
use crate::error::PageError;
use crate::visitor::{Admin, is_cross_site};
use crate::{ConfigView, lint_module};

/// Bytes of the files of a cluster that are checked at once. A browser that runs the linter itself has no such limit.
const REQUEST_BYTES_MAX: usize = 1 << 20;
/// Checks at the same time; the others wait. Each takes a processor for some milliseconds.
static CHECKS: Semaphore = Semaphore::const_new(2);
/// Carries the token of the session. Other sites cannot send it: a header of this name needs our consent.
const TOKEN_HEADER: &str = "x-cobnut-csrf";

/// What the script says, by the name that it knows it by.
const MESSAGES: [(&str, &str); 17] = [
    ("error", "config.error"),
    ("warning", "config.warning"),
    ("info", "config.info"),
    ("help", "config.help"),
    ("fix", "config.fix"),
    ("apply", "config.apply"),
    ("applyLook", "config.apply-look"),
    ("changes", "config.changes"),
    ("full", "config.full"),
    ("edited", "config.edited"),
    ("counts", "config.counts"),
    ("clean", "config.clean"),
    ("skipped", "config.skipped"),
    ("checking", "config.checking"),
    ("failed", "config.failed"),
    ("inBrowser", "config.in-browser"),
    ("onServer", "config.on-server"),
];

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/config/lint", post(lint).layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX)))
}

/// The files and words for the script, as JSON that may stand in an element: it holds no `<`.
pub(super) fn editor_data(config: &ConfigView, chrome: &Chrome) -> String {
    let sources = || config.sources.iter().map(|(_, source)| source);
    let files: Vec<Value> = sources().map(|source| file(source)).collect();
    let messages = MESSAGES.iter().map(|(name, key)| ((*name).to_owned(), chrome.t(key).into()));
    let data = json!({
        "files": files,
        // An import is not another node.
        "node": sources().next().map_or("", |source| source.name()),
        "hasModule": lint_module::is_there(),
        "csrf": chrome.csrf(),
        "messages": messages.collect::<serde_json::Map<_, _>>(),
    });
    data.to_string().replace('<', "\\u003c")
}

fn file(source: &Source) -> Value {
    let bytes = source.encode();
    let is_utf16 = source.encoding() == Encoding::Utf16;
    let is_marked = is_utf16 && matches!(bytes.get(..2), Some([0xFE, 0xFF] | [0xFF, 0xFE]));
    // A document begins with a character of one byte, unmarked UTF-16 with its zero in front or behind.
    let is_big = is_utf16 && matches!(bytes.first(), Some(0xFE | 0));
    let encoding = json!({ "name": source.encoding().name(), "big": is_big, "mark": is_marked });
    json!({ "name": source.name(), "text": source.text(), "encoding": encoding })
}

/// Checks the files in the request, which are kept nowhere.
async fn lint(State(app): State<Arc<App>>, request: Request) -> Result<Response, PageError> {
    let (mut parts, body) = request.into_parts();
    let admin = Admin::from_request_parts(&mut parts, &app).await?;
    let token = parts.headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if is_cross_site(&parts.headers) || !secrets_match(token, &admin.session.csrf) {
        return Err(PageError::ForgedForm);
    }
    let request = String::from_request(Request::from_parts(parts, body), &app)
        .await
        .map_err(|rejection| PageError::from_status(rejection.status()))?;
    let closed = |_| PageError::Internal("the linter was switched off".to_owned());
    let _permit = CHECKS.acquire().await.map_err(closed)?;
    let answer = tokio::task::spawn_blocking(move || cobnut_lint_wasm::answer(&request))
        .await
        .map_err(|err| PageError::Internal(format!("the linter failed: {err}")))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}
