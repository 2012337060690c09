//! The JSON API under `/api/v1`, health probes and metrics.
//!
//! The token stands in the `Authorization` header (RFC 6750 §2.1), so no other site can make a browser use the API.

mod cluster;
mod health;
mod orders;
mod sessions;
mod users;

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use cobnut_model::limits::CONSOLE_ROWS_MAX;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::app::App;
use crate::auth::secrets_match;
use crate::error::PageError;

/// Rows of an answer when the caller does not say.
const ROWS: u32 = 100;

/// All calls.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/cluster", get(cluster::show).put(cluster::choose))
        .route("/api/v1/cluster/report", get(orders::report))
        .route("/api/v1/cluster/orders", post(orders::order))
        .route("/api/v1/cluster/reload", post(cluster::reload))
        .route("/api/v1/users", get(users::list).post(users::create))
        .route("/api/v1/users/{username}", delete(users::remove))
        .route("/api/v1/sessions", get(sessions::list))
        .route("/api/v1/sessions/{jid}", delete(sessions::kick))
        .route("/api/v1/health", get(health::ready))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/health/accepting", get(health::accepting))
        .route("/metrics", get(health::metrics))
}

/// Proof that the caller holds the API token.
pub(crate) struct ApiCaller;

impl ApiCaller {
    /// Whether the header carries the token. Without a token in the settings the API is closed.
    fn is_authorised(headers: &HeaderMap, app: &App) -> bool {
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .is_some_and(|(_, token)| {
                !app.api_token.is_empty() && secrets_match(token.trim(), &app.api_token)
            })
    }
}

impl FromRequestParts<Arc<App>> for ApiCaller {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        Self::is_authorised(&parts.headers, app).then_some(Self).ok_or(PageError::Unauthorized)
    }
}

/// A JSON body from an authorised caller.
pub(crate) struct ApiBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for ApiBody<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, PageError> {
        if !ApiCaller::is_authorised(request.headers(), app) {
            return Err(PageError::Unauthorized);
        }
        match Json::from_request(request, app).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(PageError::from_status(rejection.into_response().status())),
        }
    }
}

/// Rows that a caller asks for.
#[derive(Deserialize)]
pub(crate) struct Rows {
    #[serde(default)]
    search: Option<String>,
    #[serde(default)]
    offset: u32,
    limit: Option<u32>,
}

impl Rows {
    fn limit(&self) -> u32 {
        self.limit.unwrap_or(ROWS).clamp(1, CONSOLE_ROWS_MAX)
    }
}

/// An error as programs read it.
pub(crate) fn error_response(error: &PageError) -> Response {
    let message = match error {
        PageError::Unauthorized | PageError::LoginRequired { .. } => "send the API token as a bearer token",
        PageError::ForgedForm => "the form token is missing or wrong",
        PageError::NotFound => "there is no such thing",
        PageError::MethodNotAllowed => "this method is not allowed here",
        PageError::BadRequest => "the request cannot be read",
        PageError::TooLarge => "the request is too large",
        PageError::TimedOut => "the request took too long",
        PageError::Store(err) if err.is_unavailable() => {
            "the database cannot be reached now; try again later"
        }
        PageError::Store(_) | PageError::Internal(_) => "the request failed; the server's log says why",
    };
    let mut response = problem(error.status(), error.code(), message);
    if error.status() == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer realm=\"cobnut\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// An error with a code for programs and a sentence for people.
fn problem(status: StatusCode, code: &str, message: &str) -> Response {
    let body: Value = json!({ "error": { "code": code, "message": message } });
    (status, Json(body)).into_response()
}
