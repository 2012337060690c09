//! Login and logout.

use std::sync::Arc;
use std::time::Instant;

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use tracing::{info, warn};

use super::chrome::{Chrome, Menu, Tab};
use super::{Page, html, see};
use crate::app::App;
use crate::auth::{LoginOutcome, cookie, expired_cookie, new_cookie, random_token};
use crate::error::PageError;
use crate::metrics::LoginResult;
use crate::visitor::{AdminForm, Visitor, current_session, form_body, is_cross_site, local_path, parse};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    chrome: Chrome,
    csrf: String,
    next: String,
    username: String,
    problem: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct LoginQuery {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct LoginForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

#[derive(Deserialize)]
pub(super) struct NoFields {}

/// What a rejected attempt shows.
struct Rejection {
    status: StatusCode,
    problem: Option<String>,
    username: String,
    next: String,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(query): Query<LoginQuery>,
) -> Page {
    if current_session(&headers, &visitor, &app).is_some() {
        return see(local_path(&query.next).unwrap_or("/"));
    }
    let rejection =
        Rejection { status: StatusCode::OK, problem: None, username: String::new(), next: query.next };
    form_page(&app, visitor, &headers, rejection)
}

/// The form, bound to a cookie that the visitor has or gets.
fn form_page(app: &App, mut visitor: Visitor, headers: &HeaderMap, rejection: Rejection) -> Page {
    let connection = visitor.connection;
    let name = connection.login_cookie();
    let known = cookie(headers, &name).map(str::to_owned);
    let bound_to = known.clone().unwrap_or_else(random_token);
    let next = local_path(&rejection.next).unwrap_or("/").to_owned();
    // The address of the form is the login page even after a failed attempt, for the language links.
    visitor.location = crate::error::login_path(&next);
    let page = LoginPage {
        chrome: Chrome::public(app, visitor, "login.title"),
        csrf: app.login_tokens.token(&bound_to),
        next,
        username: rejection.username,
        problem: rejection.problem,
    };
    let mut response = html(&page)?;
    *response.status_mut() = rejection.status;
    if known.is_none() {
        let cookie = new_cookie(&name, &bound_to, connection.is_https, None);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

pub(super) async fn submit(State(app): State<Arc<App>>, visitor: Visitor, request: Request) -> Page {
    let headers = request.headers().clone();
    let form: LoginForm = parse(&form_body(request, &app).await?)?;
    let reject = |status, problem: String| {
        let (username, next) = (form.username.clone(), form.next.clone());
        let rejection = Rejection { status, problem: Some(problem), username, next };
        form_page(&app, visitor.clone(), &headers, rejection)
    };
    let bound_to = cookie(&headers, &visitor.connection.login_cookie());
    if is_cross_site(&headers) || !app.login_tokens.is_valid(bound_to, &form.csrf) {
        return reject(StatusCode::FORBIDDEN, visitor.language.text("login.stale").to_owned());
    }
    match attempt(&app, &visitor, &form).await? {
        Attempt::Accepted { username, fingerprint } => {
            Ok(accept(&app, &visitor, &headers, &username, fingerprint, &form.next))
        }
        Attempt::Refused => {
            reject(StatusCode::UNAUTHORIZED, visitor.language.text("login.refused").to_owned())
        }
        Attempt::Throttled { minutes } => reject(
            StatusCode::TOO_MANY_REQUESTS,
            visitor.language.fill("login.throttled", &[("minutes", &minutes)]),
        ),
    }
}

enum Attempt {
    Accepted { username: String, fingerprint: [u8; 32] },
    Refused,
    Throttled { minutes: u64 },
}

async fn attempt(app: &App, visitor: &Visitor, form: &LoginForm) -> Result<Attempt, PageError> {
    let peer = visitor.connection.peer;
    // A text that is no username belongs to no account, but its address still counts attempts.
    let username = app.local_username(&form.username);
    let account = username.as_deref().unwrap_or_default();
    if let Err(wait) = app.throttle.begin(account, peer.ip(), Instant::now()) {
        warn!(peer_addr = %peer, "console login refused after too many failures");
        app.metrics.count_login(LoginResult::Throttled);
        return Ok(Attempt::Throttled { minutes: wait.as_secs().div_ceil(60) });
    }
    let is_admin = app.is_admin(account);
    let checked = app.passwords.check(&app.store, account, is_admin, form.password.clone()).await;
    match checked {
        Ok(LoginOutcome::Accepted(fingerprint)) => {
            app.throttle.succeeded(account, peer.ip());
            app.metrics.count_login(LoginResult::Accepted);
            info!(jid = account, peer_addr = %peer, "console login");
            Ok(Attempt::Accepted { username: account.to_owned(), fingerprint })
        }
        Ok(LoginOutcome::Refused) => {
            app.metrics.count_login(LoginResult::Refused);
            warn!(jid = account, peer_addr = %peer, "console login refused");
            Ok(Attempt::Refused)
        }
        Err(err) => {
            app.throttle.withdraw(account, peer.ip());
            Err(err.into())
        }
    }
}

/// Starts a session under a new id and ends the one that the browser had.
fn accept(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    username: &str,
    fingerprint: [u8; 32],
    next: &str,
) -> Response {
    if let Some(old) = current_session(headers, visitor, app) {
        app.sessions.close(&old);
    }
    let connection = visitor.connection;
    let id = app.sessions.open(username, fingerprint, Instant::now());
    let cookies = AppendHeaders([
        (header::SET_COOKIE, new_cookie(&connection.session_cookie(), &id, connection.is_https, None)),
        (header::SET_COOKIE, expired_cookie(&connection.login_cookie(), connection.is_https)),
    ]);
    (cookies, Redirect::to(local_path(next).unwrap_or("/"))).into_response()
}

pub(super) async fn logout(State(app): State<Arc<App>>, form: AdminForm<NoFields>) -> Page {
    let NoFields {} = form.fields;
    let connection = form.admin.visitor.connection;
    app.sessions.close(&form.admin.session);
    info!(jid = form.admin.username(), "console logout");
    let cookie = expired_cookie(&connection.session_cookie(), connection.is_https);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}
