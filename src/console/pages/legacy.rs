//! Compat: addresses of Openfire's pages, which operators have as bookmarks, lead to ours.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Redirect;
use axum::routing::get;
use serde::Deserialize;

use crate::app::App;
use crate::error::login_path;
use crate::visitor::local_path;

/// Openfire's page and ours.
const PAGES: &[(&str, &str)] = &[
    ("/index.jsp", "/"),
    ("/server-properties.jsp", "/properties"),
    ("/system-clustering.jsp", "/clustering"),
    ("/plugins/hazelcast/system-clustering-node.jsp", "/clustering"),
    ("/user-summary.jsp", "/users"),
    ("/user-search.jsp", "/users"),
    ("/user-create.jsp", "/users/new"),
    ("/session-summary.jsp", "/sessions"),
    ("/session-details.jsp", "/sessions"),
];

/// Openfire's pages of one user, and ours.
const USER_PAGES: &[(&str, &str)] = &[
    ("/user-properties.jsp", ""),
    ("/user-edit-form.jsp", "/edit"),
    ("/user-password.jsp", "/password"),
    ("/user-delete.jsp", "/delete"),
];

#[derive(Deserialize)]
struct UserQuery {
    username: Option<String>,
}

#[derive(Deserialize)]
struct LoginQuery {
    url: Option<String>,
}

pub(super) fn routes() -> Router<Arc<App>> {
    let mut router = Router::new().route("/login.jsp", get(login));
    for (old, new) in PAGES {
        router = router.route(old, get(|| async { Redirect::permanent(new) }));
    }
    for (old, page) in USER_PAGES {
        let handler = async |State(app): State<Arc<App>>, Query(query): Query<UserQuery>| {
            let username = query.username.and_then(|username| app.local_username(&username));
            Redirect::to(&username.map_or("/users".to_owned(), |name| super::users::path(&name, page)))
        };
        router = router.route(old, get(handler));
    }
    router
}

async fn login(Query(query): Query<LoginQuery>) -> Redirect {
    Redirect::to(&login_path(query.url.as_deref().and_then(local_path).unwrap_or("/")))
}
