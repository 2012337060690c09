//! Sessions of the whole cluster, and ending one.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use cobnut_mesh::SessionEntry;
use cobnut_model::limits::{CONSOLE_SESSION_PATIENCE, CONSOLE_SESSION_POLL};
use cobnut_model::{NodeId, Show};
use jid::FullJid;
use serde::Deserialize;
use tracing::info;

use super::chrome::{Chrome, Menu, Tab};
use super::pager::{Pager, Window, lenient};
use super::users::summary::node_names;
use super::{Page, html, see};
use crate::app::App;
use crate::auth::FlashKind;
use crate::display;
use crate::error::PageError;
use crate::visitor::{Admin, AdminForm, local_path};

/// Text for the client that is closed; clients show it.
pub(crate) const KICKED: &str = "An administrator closed this session.";

/// One row of the table.
pub(super) struct SessionRow {
    pub(super) jid: String,
    pub(super) user: String,
    pub(super) resource: String,
    pub(super) node: String,
    pub(super) is_local: bool,
    pub(super) presence_key: &'static str,
    pub(super) presence_class: &'static str,
    pub(super) status: Option<String>,
    pub(super) priority: String,
    pub(super) ip: String,
    pub(super) is_encrypted: bool,
    pub(super) since: String,
}

#[derive(Template)]
#[template(path = "sessions/summary.html")]
struct SessionsPage {
    chrome: Chrome,
    filter: String,
    /// Id, name, and whether it is chosen.
    nodes: Vec<(String, String, bool)>,
    sessions: Vec<SessionRow>,
    pager: Pager,
}

#[derive(Deserialize)]
pub(super) struct SessionsQuery {
    #[serde(default)]
    filter: String,
    #[serde(default)]
    node: String,
    #[serde(default, deserialize_with = "lenient")]
    page: u32,
    #[serde(default, deserialize_with = "lenient")]
    rows: u32,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    admin: Admin,
    Query(query): Query<SessionsQuery>,
) -> Page {
    let window = Window::new(query.page, query.rows);
    let filter = query.filter.trim().to_owned();
    let node: Option<NodeId> = query.node.parse().ok();
    let mut found = find(&app, &filter, node);
    let total = found.len();
    let first = (window.offset() as usize).min(total);
    let last = (first + window.rows as usize).min(total);
    let sessions = session_rows(&app, found.drain(first..last).collect());
    let nodes = node_names(&app).into_iter();
    let nodes = nodes.map(|(id, name)| (id.to_string(), name, node == Some(id))).collect();
    let chrome = Chrome::new(&app, admin, Menu::Sessions, "menu.client-sessions").refreshing(5);
    let kept = [("filter", filter.as_str()), ("node", query.node.as_str())];
    let pager = Pager::new(&chrome, window, (sessions.len(), total as u64), "/sessions", &kept);
    html(&SessionsPage { chrome, filter, nodes, sessions, pager })
}

/// Sessions whose JID or address contains `filter`, of one node or all, ordered by JID.
pub(crate) fn find(app: &App, filter: &str, node: Option<NodeId>) -> Vec<SessionEntry> {
    let filter = filter.to_lowercase();
    let mut found = app.cluster.sessions().collect(|record| {
        filter.is_empty()
            || record.jid.as_str().to_lowercase().contains(&filter)
            || record.remote_ip.to_string().contains(&filter)
    });
    if let Some(node) = node {
        found.retain(|entry| entry.member == node);
    }
    found.sort_by(|left, right| left.record.jid.as_str().cmp(right.record.jid.as_str()));
    found
}

/// The rows of some sessions.
pub(super) fn session_rows(app: &App, entries: Vec<SessionEntry>) -> Vec<SessionRow> {
    let names = node_names(app);
    let this_node = app.cluster.identity().node_id;
    let row = |SessionEntry { member, record }: SessionEntry| {
        let (presence_key, presence_class) = presence(record.presence.as_ref().map(|presence| presence.show));
        let presence = record.presence.as_ref();
        SessionRow {
            jid: record.jid.to_string(),
            user: record.jid.node().map_or_else(String::new, |node| node.as_str().to_owned()),
            resource: record.jid.resource().as_str().to_owned(),
            node: names.get(&member).cloned().unwrap_or_else(|| member.to_string()),
            is_local: member == this_node,
            presence_key,
            presence_class,
            status: presence.and_then(|presence| presence.status().map(str::to_owned)),
            priority: presence.map_or_else(|| "–".to_owned(), |presence| presence.priority.to_string()),
            ip: record.remote_ip.to_string(),
            is_encrypted: record.is_encrypted,
            since: display::time(record.bound_at),
        }
    };
    entries.into_iter().map(row).collect()
}

/// The word for a presence and the colour of its dot.
fn presence(show: Option<Show>) -> (&'static str, &'static str) {
    match show {
        None => ("presence.unavailable", ""),
        Some(Show::Chat) => ("presence.chat", "dot-on"),
        Some(Show::Available) => ("presence.available", "dot-on"),
        Some(Show::Away) => ("presence.away", "dot-away"),
        Some(Show::ExtendedAway) => ("presence.xa", "dot-away"),
        Some(Show::DoNotDisturb) => ("presence.dnd", "dot-busy"),
    }
}

/// Another node tells a moment later that its session ended; the page that says so should not list it.
async fn wait_until_gone(app: &App, jid: &FullJid) {
    let gone = async {
        while app.cluster.sessions().get(jid).is_some() {
            tokio::time::sleep(CONSOLE_SESSION_POLL).await;
        }
    };
    // A client that is slow to leave is listed until it has.
    drop(tokio::time::timeout(CONSOLE_SESSION_PATIENCE, gone).await);
}

#[derive(Deserialize)]
pub(super) struct KickForm {
    #[serde(default)]
    back: String,
}

pub(super) async fn kick(
    State(app): State<Arc<App>>,
    Path(jid): Path<String>,
    form: AdminForm<KickForm>,
) -> Page {
    let jid: FullJid = jid.parse().map_err(|_| PageError::NotFound)?;
    let admin = form.admin;
    let (kind, key) = if app.xmpp.kick(&jid, KICKED).await {
        wait_until_gone(&app, &jid).await;
        info!(%jid, admin = admin.username(), "session closed in the console");
        (FlashKind::Success, "sessions.kicked-flash")
    } else {
        (FlashKind::Error, "sessions.gone-flash")
    };
    admin.flash(&app, kind, key, jid.as_str());
    see(local_path(&form.fields.back).unwrap_or("/sessions"))
}
