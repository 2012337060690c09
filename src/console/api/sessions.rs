//! `GET /api/v1/sessions`, `DELETE /api/v1/sessions/{jid}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use cobnut_mesh::SessionEntry;
use cobnut_model::Show;
use jid::FullJid;
use serde_json::{Value, json};
use tracing::info;

use super::{ApiCaller, Rows};
use crate::app::App;
use crate::error::PageError;
use crate::pages::sessions::{KICKED, find};

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    _caller: ApiCaller,
    Query(rows): Query<Rows>,
) -> Json<Value> {
    let found = find(&app, rows.search.as_deref().unwrap_or_default(), None);
    let page = found.iter().skip(rows.offset as usize).take(rows.limit() as usize);
    let sessions: Vec<Value> = page.map(shown).collect();
    Json(json!({ "total": found.len(), "sessions": sessions }))
}

pub(crate) async fn kick(
    State(app): State<Arc<App>>,
    _caller: ApiCaller,
    Path(jid): Path<String>,
) -> Result<StatusCode, PageError> {
    let jid: FullJid = jid.parse().map_err(|_| PageError::NotFound)?;
    if !app.xmpp.kick(&jid, KICKED).await {
        return Err(PageError::NotFound);
    }
    info!(%jid, "session closed through the API");
    Ok(StatusCode::NO_CONTENT)
}

fn shown(entry: &SessionEntry) -> Value {
    let record = &entry.record;
    let presence = record.presence.as_ref();
    json!({
        "jid": record.jid.to_string(),
        "node_id": entry.member.to_string(),
        "ip": record.remote_ip.to_string(),
        "tls": record.is_encrypted,
        "bound_at_ms": record.bound_at.0,
        "active_at_ms": record.active_at.0,
        "presence": presence.map(|presence| word(presence.show)),
        "status": presence.and_then(|presence| presence.status()),
        "priority": presence.map(|presence| presence.priority),
    })
}

/// The value of `<show/>`; `available` where there is none.
fn word(show: Show) -> &'static str {
    match show {
        Show::Chat => "chat",
        Show::Available => "available",
        Show::Away => "away",
        Show::ExtendedAway => "xa",
        Show::DoNotDisturb => "dnd",
    }
}
