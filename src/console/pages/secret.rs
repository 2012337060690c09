//! A new secret for the members, after asking.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use cobnut_model::limits::SECRET_GRACE;
use cobnut_store::RotateSecret;
use serde::Deserialize;
use tracing::{info, warn};

use super::chrome::{Chrome, Menu, Tab};
use super::{Page, html, see};
use crate::app::App;
use crate::auth::FlashKind;
use crate::display;
use crate::error::PageError;
use crate::visitor::{Admin, AdminForm};

#[derive(Template)]
#[template(path = "clustering_secret.html")]
struct SecretPage {
    chrome: Chrome,
}

/// How fast the old secret is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum When {
    /// In an hour, so that nodes that are away for a while can come back.
    Later,
    /// Now, together with those before it: somebody has it who must not.
    Now,
}

#[derive(Deserialize)]
pub(super) struct Choice {
    when: When,
}

pub(super) async fn show(State(app): State<Arc<App>>, admin: Admin) -> Page {
    html(&SecretPage { chrome: Chrome::new(&app, admin, Menu::Clustering, "secret.title") })
}

pub(super) async fn submit(State(app): State<Arc<App>>, form: AdminForm<Choice>) -> Page {
    let AdminForm { admin, fields: Choice { when } } = form;
    let (grace, is_forced) = match when {
        When::Later => (SECRET_GRACE, false),
        When::Now => (Duration::ZERO, true),
    };
    let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
    let store = app.store.clone();
    let rotate = async move { store.rotate_mesh_secret(display::now(), grace_ms, is_forced).await };
    match app.complete("rotate the secret", rotate).await? {
        Ok(RotateSecret::Begun { void_from, .. }) => {
            info!(jid = admin.username(), void_from_ms = void_from.0, "the secret of the members is rotated");
            admin.flash(&app, FlashKind::Success, "secret.begun", &display::time(void_from));
            see("/clustering")
        }
        Ok(RotateSecret::UnderWay { void_from }) => {
            admin.flash(&app, FlashKind::Error, "secret.under-way", &display::time(void_from));
            see("/clustering/secret")
        }
        Err(err) => {
            warn!(jid = admin.username(), %err, "the secret of the members was not rotated");
            Err(PageError::from(err))
        }
    }
}
