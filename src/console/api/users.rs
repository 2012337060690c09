//! `GET` and `POST /api/v1/users`, `DELETE /api/v1/users/{name}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cobnut_model::User;
use cobnut_model::limits::{PASSWORD_BYTES_MAX, USER_NAME_CHARS_MAX};
use cobnut_store::{CreateUser, UserQuery};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ApiBody, ApiCaller, Rows, problem};
use crate::accounts::{self, NewAccount};
use crate::app::{App, new_username};
use crate::error::PageError;

/// Who did it, in the log.
const CALLER: &str = "api";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    username: String,
    password: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    _caller: ApiCaller,
    Query(rows): Query<Rows>,
) -> Result<Json<Value>, PageError> {
    let query = UserQuery { offset: rows.offset, limit: rows.limit(), search: rows.search };
    let found = app.store.users(&query).await?;
    let users: Vec<Value> = found.users.iter().map(|user| shown(&app, user)).collect();
    Ok(Json(json!({ "total": found.total, "users": users })))
}

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    ApiBody(new): ApiBody<NewUser>,
) -> Result<Response, PageError> {
    let Ok(username) = new_username(&new.username) else {
        return Ok(invalid("username", "is not a valid localpart of at most 64 characters"));
    };
    let is_password = |text: &str| {
        !text.is_empty() && text.len() <= PASSWORD_BYTES_MAX && !text.chars().any(char::is_control)
    };
    if !is_password(&new.password) {
        return Ok(invalid("password", "must have 1 to 1023 bytes and no control characters"));
    }
    for (field, value) in [("name", &new.name), ("email", &new.email)] {
        let is_long =
            |text: &String| text.chars().count() > USER_NAME_CHARS_MAX || text.chars().any(char::is_control);
        if value.as_ref().is_some_and(is_long) {
            return Ok(invalid(field, "must have at most 100 characters and no control characters"));
        }
    }
    let account = NewAccount {
        username: username.clone(),
        name: new.name.filter(|name| !name.is_empty()),
        email: new.email.filter(|email| !email.is_empty()),
        password: new.password,
    };
    match accounts::create(&app, account, CALLER).await? {
        CreateUser::Created => {
            Ok((StatusCode::CREATED, Json(json!({ "username": username }))).into_response())
        }
        CreateUser::Exists => Ok(problem(StatusCode::CONFLICT, "exists", "an account of this name exists")),
    }
}

pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    _caller: ApiCaller,
    Path(username): Path<String>,
) -> Result<StatusCode, PageError> {
    let username = app.local_username(&username).ok_or(PageError::NotFound)?;
    if accounts::delete(&app, &username, CALLER).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(PageError::NotFound)
    }
}

fn shown(app: &App, user: &User) -> Value {
    let sessions = app.jid_of(&user.username).map(|jid| app.cluster.sessions().of(&jid)).unwrap_or_default();
    let mut nodes: Vec<String> = sessions.iter().map(|entry| entry.member.to_string()).collect();
    nodes.sort_unstable();
    nodes.dedup();
    json!({
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "created_at_ms": user.created_at.0,
        "modified_at_ms": user.modified_at.0,
        "admin": app.is_admin(&user.username),
        "online": !sessions.is_empty(),
        "nodes": nodes,
    })
}

fn invalid(field: &str, reason: &str) -> Response {
    problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid", &format!("{field} {reason}"))
}
