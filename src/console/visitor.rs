//! Who asks: the connection, the language, and for pages behind the login the session.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequest, FromRequestParts, RawForm, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use cobnut_store::Store;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::auth::{ConsoleSession, Flash, FlashKind, cookie, keys_fingerprint, secrets_match};
use crate::error::PageError;
use crate::i18n::Messages;

/// Name of the language cookie.
pub(crate) const LANGUAGE_COOKIE: &str = "cobnut_language";

/// Sent by our script when a page refreshes itself.
const REFRESH_HEADER: &str = "x-cobnut-refresh";

/// The connection on which a request came; put into every request by the server loop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection {
    pub(crate) peer: SocketAddr,
    pub(crate) local_port: u16,
    pub(crate) is_https: bool,
}

impl Connection {
    /// Cookies do not know ports, so the names do: two consoles on one host leave each other's sessions alone.
    pub(crate) fn session_cookie(&self) -> String {
        format!("cobnut_session_{}", self.local_port)
    }

    /// The cookie that the login form is bound to.
    pub(crate) fn login_cookie(&self) -> String {
        format!("cobnut_login_{}", self.local_port)
    }
}

/// Somebody with a browser, logged in or not.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) connection: Connection,
    pub(crate) language: Arc<Messages>,
    /// Path and query of the request.
    pub(crate) location: String,
    /// Whether the page refreshes itself, without anybody doing something.
    pub(crate) is_refresh: bool,
}

impl Visitor {
    pub(crate) fn new(parts: &Parts, app: &App) -> Self {
        let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
        let fallback = Connection { peer: unknown, local_port: 0, is_https: false };
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self {
            connection: parts.extensions.get().copied().unwrap_or(fallback),
            language: app.catalogue.choose(cookie(&parts.headers, LANGUAGE_COOKIE), accepted),
            location: parts.uri.path_and_query().map_or("/", |location| location.as_str()).to_owned(),
            is_refresh: parts.headers.contains_key(REFRESH_HEADER),
        }
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self::new(parts, app))
    }
}

/// An admin who is logged in. A handler that takes one is closed to everybody else.
pub(crate) struct Admin {
    pub(crate) visitor: Visitor,
    pub(crate) session: ConsoleSession,
}

impl Admin {
    pub(crate) fn username(&self) -> &str {
        &self.session.username
    }

    /// Leaves a message for the page that comes next. `{subject}` in the message becomes `subject`.
    pub(crate) fn flash(&self, app: &App, kind: FlashKind, key: &'static str, subject: &str) {
        app.sessions.set_flash(&self.session, Flash { kind, key, subject: subject.to_owned() });
    }
}

/// The session of a request, if it has a living one.
pub(crate) fn current_session(headers: &HeaderMap, visitor: &Visitor, app: &App) -> Option<ConsoleSession> {
    let id = cookie(headers, &visitor.connection.session_cookie())?;
    app.sessions.find(id, !visitor.is_refresh, Instant::now())
}

impl FromRequestParts<Arc<App>> for Admin {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let visitor = Visitor::new(parts, app);
        let next = if parts.method == Method::GET { visitor.location.clone() } else { "/".to_owned() };
        let session = current_session(&parts.headers, &visitor, app);
        let session = session.ok_or_else(|| PageError::LoginRequired { next: next.clone() })?;
        if session.needs_recheck {
            match recheck(&session, &app.store).await {
                Recheck::Valid => app.sessions.rechecked(&session, Instant::now()),
                Recheck::Unknown => {}
                Recheck::Ended => {
                    app.sessions.close(&session);
                    return Err(PageError::LoginRequired { next });
                }
            }
        }
        Ok(Self { visitor, session })
    }
}

/// What the database says about the account of a session.
#[derive(Debug, PartialEq, Eq)]
enum Recheck {
    /// It has the password that the session logged in with.
    Valid,
    /// The database cannot say now. While it is away nobody can change a password either, and the session goes on.
    Unknown,
    /// Its password was changed, or it was locked or deleted, on whichever node.
    Ended,
}

async fn recheck(session: &ConsoleSession, store: &Store) -> Recheck {
    match store.credentials(&session.username).await {
        Ok(Some(found))
            if !found.is_locked_out && keys_fingerprint(&found.keys) == session.keys_fingerprint =>
        {
            Recheck::Valid
        }
        Ok(_) => Recheck::Ended,
        Err(_) => Recheck::Unknown,
    }
}

/// A form sent by an admin that carries the token of the session. The only way in which handlers read forms.
pub(crate) struct AdminForm<T> {
    pub(crate) admin: Admin,
    pub(crate) fields: T,
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for AdminForm<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let admin = Admin::from_request_parts(&mut parts, app).await?;
        let is_foreign = is_cross_site(&parts.headers);
        let body = form_body(Request::from_parts(parts, body), app).await?;
        let raw: BTreeMap<String, String> = parse(&body)?;
        let token = raw.get("csrf").map_or("", String::as_str);
        if is_foreign || !secrets_match(token, &admin.session.csrf) {
            return Err(PageError::ForgedForm);
        }
        Ok(Self { admin, fields: parse(&body)? })
    }
}

/// Reads the body of a form, within the limit on bodies.
pub(crate) async fn form_body(request: Request, app: &Arc<App>) -> Result<axum::body::Bytes, PageError> {
    match RawForm::from_request(request, app).await {
        Ok(RawForm(body)) => Ok(body),
        Err(rejection) => Err(PageError::from_status(rejection.status())),
    }
}

/// Reads fields from a form body.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, PageError> {
    serde_urlencoded::from_bytes(body).map_err(|_| PageError::BadRequest)
}

/// Whether the browser says that another site sent this. Browsers send the header and pages cannot change it.
pub(crate) fn is_cross_site(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

/// A redirect target given by a visitor, if it is a path on this console.
pub(crate) fn local_path(target: &str) -> Option<&str> {
    let is_local = target.starts_with('/')
        && !target.starts_with("//")
        && target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_local.then_some(target)
}

#[cfg(test)]
mod tests {
    use cobnut_model::limits::CONSOLE_SESSION_RECHECK;
    use cobnut_model::{UnixMillis, User};
    use cobnut_xmpp_proto::sasl::new_password_keys;

    use super::*;
    use crate::auth::ConsoleSessions;

    #[tokio::test]
    async fn a_session_ends_when_its_account_changes_anywhere() {
        let folder = tempfile::tempdir().expect("folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("test.db").display());
        let store = Store::open(&url).await.expect("store");
        let keys = |password: &str| new_password_keys(password, |bytes| rand::fill(bytes));
        let user = User {
            username: "admin".to_owned(),
            name: None,
            email: None,
            created_at: UnixMillis(1),
            modified_at: UnixMillis(1),
        };
        let first = keys("first");
        store.create_user(&user, &first).await.expect("create");
        let (sessions, now) = (ConsoleSessions::default(), Instant::now());
        let id = sessions.open("admin", keys_fingerprint(&first), now);
        let session = sessions.find(&id, true, now).expect("session");
        assert!(!session.needs_recheck);
        assert!(sessions.find(&id, true, now + CONSOLE_SESSION_RECHECK).expect("session").needs_recheck);

        assert_eq!(recheck(&session, &store).await, Recheck::Valid);
        store.set_credentials("admin", &keys("first")).await.expect("change");
        assert_eq!(recheck(&session, &store).await, Recheck::Ended, "set again, even to the same password");
        store.delete_user("admin").await.expect("delete");
        assert_eq!(recheck(&session, &store).await, Recheck::Ended, "deleted");
        store.close().await;
        assert_eq!(recheck(&session, &store).await, Recheck::Unknown, "away");
    }

    #[test]
    fn only_local_paths_are_followed() {
        for good in ["/", "/users?page=2", "/users/%E5%BC%A0", "/a//b"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "",
            "users",
            "//evil",
            "/\\evil",
            "\\/evil",
            "http://evil/",
            "javascript:x",
            "/a\r\nb",
            "/a\tb",
            "/\t/evil",
            "/ü",
        ] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn other_sites_are_recognised() {
        for (value, expected) in [
            (None, false),
            (Some("same-origin"), false),
            (Some("none"), false),
            (Some("same-site"), true),
            (Some("cross-site"), true),
        ] {
            let mut headers = HeaderMap::new();
            value.map(|value| headers.insert("sec-fetch-site", value.parse().expect("value")));
            assert_eq!(is_cross_site(&headers), expected, "{value:?}");
        }
    }
}
