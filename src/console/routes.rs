//! The router: pages, API and assets inside the same guards.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use cobnut_model::limits::CONSOLE_BODY_BYTES_MAX;

use crate::app::App;
use crate::error::{PageError, render_errors};
use crate::{api, assets, lint_module, pages};

/// Headers of every answer. Nothing from other sites, no scripts or styles inside pages, no frames.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Everything the console answers. Not compressed: the length of a compressed page that holds a secret token beside
/// text from the address tells the token (BREACH).
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .merge(pages::routes())
        .merge(api::routes())
        .route("/assets/lint.wasm", get(lint_module::serve))
        .route("/assets/{name}", get(assets::serve))
        .route("/favicon.ico", get(|| async { Redirect::permanent("/assets/cobnut.svg") }))
        .fallback(|| async { PageError::NotFound.into_response() })
        .layer(DefaultBodyLimit::max(CONSOLE_BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(&app), render_errors))
        .layer(from_fn(add_headers))
        .with_state(app)
}

async fn add_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        // The worker that runs the linter brings a policy of its own.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // Pages show accounts and tokens: no copy of them stays on the disk of a shared computer.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
