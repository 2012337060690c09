//! What can go wrong with a request, and how the visitor learns of it.
//!
//! Handlers return a [`PageError`]; one middleware, which knows the language and whether a person or a program asks,
//! turns it into a page or into JSON and logs it, once.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use cobnut_model::limits::CONSOLE_REQUEST_TIMEOUT;
use cobnut_store::StoreError;
use tracing::{error, warn};

use crate::api;
use crate::app::App;
use crate::pages::error_page;
use crate::visitor::{Visitor, current_session};

/// Why there is no proper answer.
#[derive(Debug, Clone)]
pub(crate) enum PageError {
    /// Log in first; `next` is where to go then.
    LoginRequired {
        next: String,
    },
    /// A form without the token of the session.
    ForgedForm,
    /// The API token is missing or wrong.
    Unauthorized,
    NotFound,
    MethodNotAllowed,
    BadRequest,
    TooLarge,
    TimedOut,
    /// The database is away or failed.
    Store(Arc<StoreError>),
    /// A defect or a machine in trouble; the text is for the log.
    Internal(String),
}

impl From<StoreError> for PageError {
    fn from(err: StoreError) -> Self {
        Self::Store(Arc::new(err))
    }
}

impl From<askama::Error> for PageError {
    fn from(err: askama::Error) -> Self {
        Self::Internal(err.to_string())
    }
}

impl PageError {
    /// The error behind a status that the framework chose.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            status if status.is_client_error() => Self::BadRequest,
            status => Self::Internal(status.to_string()),
        }
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::LoginRequired { .. } | Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::ForgedForm => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TimedOut => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(err) if err.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Keys of the title and the text of the page.
    pub(crate) fn keys(&self) -> (&'static str, &'static str) {
        match self {
            Self::LoginRequired { .. } | Self::Unauthorized => ("error.login.title", "error.login.text"),
            Self::ForgedForm => ("error.forged.title", "error.forged.text"),
            Self::NotFound => ("error.not-found.title", "error.not-found.text"),
            Self::MethodNotAllowed => ("error.method.title", "error.method.text"),
            Self::BadRequest => ("error.bad-request.title", "error.bad-request.text"),
            Self::TooLarge => ("error.too-large.title", "error.too-large.text"),
            Self::TimedOut => ("error.timeout.title", "error.timeout.text"),
            Self::Store(err) if err.is_unavailable() => ("error.database.title", "error.database.text"),
            Self::Store(_) | Self::Internal(_) => ("error.internal.title", "error.internal.text"),
        }
    }

    /// A short name for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::LoginRequired { .. } | Self::Unauthorized => "unauthorized",
            Self::ForgedForm => "forged-form",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::BadRequest => "bad-request",
            Self::TooLarge => "too-large",
            Self::TimedOut => "timed-out",
            Self::Store(err) if err.is_unavailable() => "database-unavailable",
            Self::Store(_) | Self::Internal(_) => "internal",
        }
    }

    fn log(&self, path: &str) {
        match self {
            Self::Store(err) if err.is_unavailable() => {
                warn!(path, err = %chain(err), "console request without database");
            }
            Self::Store(err) => error!(path, err = %chain(err), "console request failed in the database"),
            Self::Internal(err) => error!(path, %err, "console request failed"),
            Self::TimedOut => warn!(path, "console request took too long"),
            Self::ForgedForm => warn!(path, "form without valid token rejected"),
            _ => {}
        }
    }
}

/// An error with everything behind it on one line.
fn chain(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut source = err.source();
    while let Some(err) = source {
        text.push_str(": ");
        text.push_str(&err.to_string());
        source = err.source();
    }
    text
}

impl IntoResponse for PageError {
    /// An empty answer that carries the error to [`render_errors`].
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        response.extensions_mut().insert(self);
        response
    }
}

/// Middleware: bounds the time of a request, and gives errors a face.
pub(crate) async fn render_errors(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let visitor = Visitor::new(&parts, &app);
    let headers = parts.headers.clone();
    let path = parts.uri.path().to_owned();
    let answer = next.run(Request::from_parts(parts, body));
    let response = match tokio::time::timeout(CONSOLE_REQUEST_TIMEOUT, answer).await {
        Ok(response) => response,
        Err(_) => PageError::TimedOut.into_response(),
    };
    let error = response.extensions().get::<PageError>().cloned();
    // An error of the framework, such as a wrong method, has a status and at most a line of plain text.
    let is_bare = response.status().is_client_error() && !is_finished(&response);
    let Some(error) = error.or_else(|| is_bare.then(|| PageError::from_status(response.status()))) else {
        app.metrics.count_response(response.status());
        return response;
    };
    error.log(&path);
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut response = if path.starts_with("/api/") {
        api::error_response(&error)
    } else if let PageError::LoginRequired { next } = &error {
        Redirect::to(&login_path(next)).into_response()
    } else {
        let session = current_session(&headers, &visitor, &app);
        error_page(&app, visitor, session, &error)
    };
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    app.metrics.count_response(response.status());
    response
}

/// Whether an answer has a body of ours.
fn is_finished(response: &Response) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|kind| kind.starts_with("text/html") || kind.starts_with("application/json"))
}

/// The login page, on the way to `next`.
pub(crate) fn login_path(next: &str) -> String {
    if next == "/" {
        return "/login".to_owned();
    }
    let query = serde_urlencoded::to_string([("next", next)]).unwrap_or_default();
    format!("/login?{query}")
}
