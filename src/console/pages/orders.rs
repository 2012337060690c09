//! Orders to a member, after asking.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use cobnut_operations::Order;
use serde::Deserialize;
use tracing::{info, warn};

use super::chrome::{Chrome, Menu, Tab};
use super::{Page, html, see};
use crate::app::App;
use crate::auth::FlashKind;
use crate::error::PageError;
use crate::visitor::{Admin, AdminForm};

/// Time for clients to go, in milliseconds.
const PATIENCE_MS: u64 = 60_000;

#[derive(Template)]
#[template(path = "clustering_order.html")]
struct OrderPage {
    chrome: Chrome,
    id: String,
    name: String,
    order: &'static str,
    text_key: &'static str,
}

#[derive(Deserialize)]
pub(super) struct NoFields {}

fn known(order: &str) -> Result<(&'static str, Order), PageError> {
    Ok(match order {
        "drain" => ("drain", Order::Drain { patience_ms: PATIENCE_MS, stops: false }),
        "leave" => ("leave", Order::Leave),
        "serve" => ("serve", Order::Serve),
        _ => return Err(PageError::NotFound),
    })
}

fn name_of(app: &App, id: &str) -> Result<String, PageError> {
    let members = app.cluster.members().into_iter();
    members
        .filter(|member| member.id.to_string() == id)
        .map(|member| member.name)
        .next()
        .ok_or(PageError::NotFound)
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path((id, order)): Path<(String, String)>,
) -> Page {
    let (order, _) = known(&order)?;
    let name = name_of(&app, &id)?;
    let (title, text_key) = match order {
        "drain" => ("order.drain", "order.drain-text"),
        "leave" => ("order.leave", "order.leave-text"),
        _ => ("order.serve", "order.serve-text"),
    };
    html(&OrderPage { chrome: Chrome::new(&app, admin, Menu::Clustering, title), text_key, id, name, order })
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    Path((id, order)): Path<(String, String)>,
    form: AdminForm<NoFields>,
) -> Page {
    let AdminForm { admin, fields: NoFields {} } = form;
    let (name, order) = (name_of(&app, &id)?, known(&order)?.1);
    let operations = app.operations.clone();
    let done = app.complete("order", async move { operations.order(Some(&id), order).await }).await?;
    match done {
        Ok(()) => {
            info!(jid = admin.username(), node = name, ?order, "order given in the console");
            admin.flash(&app, FlashKind::Success, "order.given", &name);
        }
        Err(err) => {
            warn!(jid = admin.username(), node = name, ?order, %err, "order not carried out");
            admin.flash(&app, FlashKind::Error, "order.failed", &err.to_string());
        }
    }
    see("/clustering")
}
