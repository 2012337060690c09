//! Remembers the language that somebody chose.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

use super::Page;
use crate::app::App;
use crate::auth::new_cookie;
use crate::error::PageError;
use crate::visitor::{LANGUAGE_COOKIE, Visitor, local_path};

/// A year, in seconds.
const MAX_AGE_S: u64 = 365 * 24 * 60 * 60;

#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

pub(super) async fn choose(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(tag): Path<String>,
    Query(query): Query<Back>,
) -> Page {
    let language = app.catalogue.by_tag(&tag).ok_or(PageError::NotFound)?;
    let cookie = new_cookie(LANGUAGE_COOKIE, &language.tag, visitor.connection.is_https, Some(MAX_AGE_S));
    let back = local_path(&query.back).unwrap_or("/");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(back)).into_response())
}
