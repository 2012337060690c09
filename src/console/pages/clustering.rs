//! Server > Clustering: the choice, the nodes, and who was turned away.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use cobnut_mesh::{LoginObstacle, Standing};
use cobnut_model::MemberInfo;
use serde::Deserialize;
use tracing::{info, warn};

use super::chrome::{Chrome, Menu, Tab};
use super::orders::NoFields;
use super::picture::Picture;
use super::timeline::Timeline;
use super::{Page, html, see};
use crate::Reloaded;
use crate::app::App;
use crate::auth::FlashKind;
use crate::display;
use crate::visitor::{Admin, AdminForm};

#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own in the row")]
struct NodeRow {
    id: String,
    name: String,
    address: String,
    joined: String,
    is_self: bool,
    is_oldest: bool,
    sessions: usize,
    /// Per cent of all sessions.
    share: Option<usize>,
    memory: String,
    version: String,
    /// Whether it runs another version than this node.
    differs: bool,
    /// Changes of this node that it has not applied.
    lag: u64,
    is_draining: bool,
    is_suspect: bool,
    is_lite: bool,
}

struct RefusalRow {
    peer: String,
    reason: String,
    at: String,
}

#[derive(Template)]
#[template(path = "clustering.html")]
struct ClusteringPage {
    chrome: Chrome,
    is_enabled: bool,
    cluster_name: String,
    mesh_address: Option<String>,
    nodes: Vec<NodeRow>,
    picture: Picture,
    timeline: Timeline,
    /// Said where this node is on the smaller side of a split.
    minority: Option<String>,
    /// Whether this node takes no clients because it is a lite member.
    is_lite: bool,
    /// Whether this node is out of service and takes no clients.
    is_out: bool,
    own_id: String,
    refusals: Vec<RefusalRow>,
}

pub(super) async fn show(State(app): State<Arc<App>>, admin: Admin) -> Page {
    let members = app.cluster.members();
    let refusals = app.cluster.refusals().into_iter().map(|refusal| RefusalRow {
        peer: refusal.peer.to_string(),
        reason: refusal.reason,
        at: display::time(refusal.at),
    });
    let obstacle = app.cluster.login_obstacle();
    let chrome = Chrome::new(&app, admin, Menu::Clustering, "menu.clustering").refreshing(3);
    html(&ClusteringPage {
        is_enabled: app.cluster.is_enabled(),
        cluster_name: app.cluster.settings().cluster_name.clone(),
        mesh_address: app.cluster.local_addr().map(|address| address.to_string()),
        nodes: rows(&app, &members),
        timeline: Timeline::of(&app.cluster.journal(0), &members, display::now()),
        minority: match app.cluster.standing() {
            Standing::Majority => None,
            Standing::Minority { have, of } => {
                let key =
                    if obstacle.is_some() { "clustering.minority-refuses" } else { "clustering.minority" };
                Some(chrome.fill_all(key, &[("have", &have), ("of", &of)]))
            }
        },
        is_lite: obstacle == Some(LoginObstacle::LiteMember),
        is_out: !app.xmpp.drain_state().is_serving(),
        own_id: app.cluster.identity().node_id.to_string(),
        picture: Picture::of(&members),
        refusals: refusals.collect(),
        chrome,
    })
}

fn rows(app: &App, members: &[MemberInfo]) -> Vec<NodeRow> {
    let our_version = &app.cluster.identity().version;
    let links = app.cluster.links();
    let record = |member: &MemberInfo| app.cluster.record_of(member.id).unwrap_or_default();
    let link = |member: &MemberInfo| links.iter().find(|link| link.member == member.id);
    let total: usize = members.iter().map(|member| member.sessions).sum();
    let row = |member: &MemberInfo| NodeRow {
        id: member.id.to_string(),
        name: member.name.clone(),
        address: member.address.to_string(),
        joined: display::time(member.joined_at),
        is_self: member.is_self,
        is_oldest: member.is_oldest,
        sessions: member.sessions,
        share: (member.sessions * 100).checked_div(total),
        memory: display::memory(member.memory_bytes),
        version: member.version.clone(),
        differs: member.version != *our_version,
        lag: link(member).map_or(0, |link| link.lag),
        is_draining: record(member).is_draining,
        is_suspect: link(member).is_some_and(|link| link.is_suspect),
        is_lite: record(member).is_lite,
    };
    members.iter().map(row).collect()
}

/// The two values of the radio buttons.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Choice {
    Enabled,
    Disabled,
}

#[derive(Deserialize)]
pub(super) struct ClusteringForm {
    clustering: Choice,
}

pub(super) async fn save(State(app): State<Arc<App>>, form: AdminForm<ClusteringForm>) -> Page {
    let enabled = matches!(form.fields.clustering, Choice::Enabled);
    let cluster = app.cluster.clone();
    let chosen = app.complete("choose clustering", async move { cluster.choose(enabled).await }).await?;
    let admin = form.admin;
    match chosen {
        Ok(()) => {
            info!(jid = admin.username(), enabled, "clustering chosen in the console");
            let key = if enabled { "clustering.now-enabled" } else { "clustering.now-disabled" };
            admin.flash(&app, FlashKind::Success, key, "");
        }
        Err(err) => {
            let reason = reason(&err);
            warn!(err = %reason, enabled, "clustering could not be changed");
            admin.flash(&app, FlashKind::Error, "clustering.failed", &reason);
        }
    }
    see("/clustering")
}

/// Reads the member list of this node's configuration again.
pub(super) async fn reload(State(app): State<Arc<App>>, form: AdminForm<NoFields>) -> Page {
    let AdminForm { admin, fields: NoFields {} } = form;
    match app.reload(admin.username()).await? {
        Ok(reloaded) if reloaded == Reloaded::default() => {
            admin.flash(&app, FlashKind::Success, "clustering.reloaded-same", "");
        }
        Ok(reloaded) if reloaded.need_restart.is_empty() => {
            admin.flash(&app, FlashKind::Success, "clustering.reloaded", &dialled(&reloaded));
        }
        Ok(reloaded) => {
            // What was put into force shows in the log and in the list of nodes.
            let settings = reloaded.need_restart.join(", ");
            admin.flash(&app, FlashKind::Error, "clustering.reloaded-partly", &settings);
        }
        Err(reason) => admin.flash(&app, FlashKind::Error, "clustering.reload-failed", &reason),
    }
    see("/clustering")
}

/// What came and went, in a form that needs no language: `+192.168.5.3:5701 −192.168.5.2:5701`.
fn dialled(reloaded: &Reloaded) -> String {
    let added = reloaded.added.iter().map(|entry| format!("+{entry}"));
    let removed = reloaded.removed.iter().map(|entry| format!("\u{2212}{entry}"));
    added.chain(removed).collect::<Vec<_>>().join(" ")
}

/// The error with what the system said.
fn reason(err: &cobnut_mesh::EnableError) -> String {
    match std::error::Error::source(err) {
        Some(source) => format!("{err}: {source}"),
        None => err.to_string(),
    }
}
