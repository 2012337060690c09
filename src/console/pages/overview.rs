//! Server information: what this node is and how it does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use askama::Template;
use axum::extract::State;
use cobnut_model::limits::CONSOLE_PROBE_TIMEOUT;
use cobnut_store::Backend;

use super::chrome::{Chrome, Menu, Tab};
use super::{Page, html};
use crate::app::App;
use crate::display;
use crate::visitor::Admin;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    chrome: Chrome,
    sessions_cluster: usize,
    sessions_node: usize,
    members: usize,
    memory: String,
    node: String,
    node_id: String,
    domain: String,
    version: String,
    uptime: String,
    database: &'static str,
    database_latency: Option<String>,
    clustering_enabled: bool,
    mesh_address: Option<String>,
    c2s_address: Option<String>,
    c2s_tls_address: Option<String>,
    proxy_address: Option<String>,
    findings: usize,
}

pub(super) async fn show(State(app): State<Arc<App>>, admin: Admin) -> Page {
    let database_latency = database_latency(&app).await;
    let identity = app.cluster.identity();
    let members = app.cluster.members();
    let this = members.iter().find(|member| member.is_self);
    html(&OverviewPage {
        sessions_cluster: app.cluster.sessions().len(),
        sessions_node: app.cluster.sessions().count_of(identity.node_id),
        members: members.len(),
        memory: this.map_or_else(|| "–".to_owned(), |this| display::memory(this.memory_bytes)),
        node: identity.name.clone(),
        node_id: identity.node_id.to_string(),
        domain: identity.domain.clone(),
        version: identity.version.clone(),
        uptime: display::duration(app.started_at.elapsed()),
        database: backend_name(app.store.backend()),
        database_latency,
        clustering_enabled: app.cluster.is_enabled(),
        mesh_address: app.cluster.local_addr().map(|address| address.to_string()),
        c2s_address: app.xmpp.c2s_addr().map(|address| address.to_string()),
        c2s_tls_address: app.xmpp.c2s_tls_addr().map(|address| address.to_string()),
        proxy_address: app.xmpp.proxy_addr().map(|address| address.to_string()),
        findings: app.config.findings.len(),
        chrome: Chrome::new(&app, admin, Menu::Overview, "menu.server-information").refreshing(10),
    })
}

/// How long the database took to answer, or nothing if it did not.
async fn database_latency(app: &App) -> Option<String> {
    let asked_at = Instant::now();
    let answer = tokio::time::timeout(CONSOLE_PROBE_TIMEOUT, app.store.ping()).await;
    let took = asked_at.elapsed();
    answer.ok()?.ok()?;
    Some(if took < Duration::from_millis(1) {
        "< 1 ms".to_owned()
    } else {
        format!("{} ms", took.as_millis())
    })
}

/// The engine by the name people know.
pub(crate) fn backend_name(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "SQLite",
        Backend::MySql => "MySQL / MariaDB",
        Backend::Postgres => "PostgreSQL",
    }
}
