//! `GET` and `PUT /api/v1/cluster`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cobnut_mesh::Standing;
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::{info, warn};

use super::{ApiBody, ApiCaller, problem};
use crate::app::App;
use crate::error::PageError;

/// `{"enabled": true}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    enabled: bool,
}

pub(crate) async fn show(State(app): State<Arc<App>>, _caller: ApiCaller) -> Json<Value> {
    Json(state(&app))
}

pub(crate) async fn choose(
    State(app): State<Arc<App>>,
    ApiBody(choice): ApiBody<Choice>,
) -> Result<Response, PageError> {
    let cluster = app.cluster.clone();
    let change = async move { cluster.choose(choice.enabled).await };
    match app.complete("choose clustering", change).await? {
        Ok(()) => {
            info!(enabled = choice.enabled, "clustering chosen through the API");
            Ok(Json(state(&app)).into_response())
        }
        Err(err) => {
            let source = std::error::Error::source(&err).map_or_else(String::new, |err| format!(": {err}"));
            warn!(err = %format!("{err}{source}"), enabled = choice.enabled, "clustering could not be changed");
            Ok(problem(StatusCode::CONFLICT, "clustering-unchanged", &format!("{err}{source}")))
        }
    }
}

/// Reads the configuration of this node again.
pub(crate) async fn reload(State(app): State<Arc<App>>, _caller: ApiCaller) -> Result<Response, PageError> {
    match app.reload("api").await? {
        Ok(reloaded) => Ok(Json(reloaded).into_response()),
        Err(reason) => Ok(problem(StatusCode::CONFLICT, "configuration-not-used", &reason)),
    }
}

fn standing(standing: Standing) -> Value {
    match standing {
        Standing::Majority => json!({ "side": "majority" }),
        Standing::Minority { have, of } => json!({ "side": "minority", "have": have, "of": of }),
    }
}

/// The cluster as this node sees it, without asking anybody.
pub(super) fn state(app: &App) -> Value {
    let identity = app.cluster.identity();
    let links = app.cluster.links();
    let members: Vec<Value> = app
        .cluster
        .members()
        .into_iter()
        .map(|member| {
            let record = app.cluster.record_of(member.id);
            let link = links.iter().find(|link| link.member == member.id);
            json!({
                "draining": record.as_ref().is_some_and(|record| record.is_draining),
                "lite": record.as_ref().is_some_and(|record| record.is_lite),
                "connected": link.is_none_or(|link| link.is_connected),
                "suspect": link.is_some_and(|link| link.is_suspect),
                "wire_version": link.and_then(|link| link.wire_version),
                "lag_changes": link.map_or(0, |link| link.lag),
                "id": member.id.to_string(),
                "name": member.name,
                "address": member.address.to_string(),
                "joined_at_ms": member.joined_at.0,
                "oldest": member.is_oldest,
                "self": member.is_self,
                "sessions": member.sessions,
                "memory_bytes": member.memory_bytes,
                "version": member.version,
            })
        })
        .collect();
    let refusals: Vec<Value> = app.cluster.refusals().into_iter().map(|refusal| {
        json!({ "peer": refusal.peer.to_string(), "reason": refusal.reason, "at_ms": refusal.at.0 })
    }).collect();
    let alone = app.cluster.alone().map(|notice| {
        let expected: Vec<Value> = notice
            .expected
            .into_iter()
            .map(|(entry, reason)| json!({ "entry": entry, "reason": reason }))
            .collect();
        json!({ "since_ms": notice.since.0, "expected": expected })
    });
    json!({
        "enabled": app.cluster.is_enabled(),
        "node_id": identity.node_id.to_string(),
        "node": identity.name,
        "domain": identity.domain,
        "version": identity.version,
        "address": app.cluster.local_addr().map(|address| address.to_string()),
        "sessions": app.cluster.sessions().len(),
        "standing": standing(app.cluster.standing()),
        "no_logins": app.cluster.login_obstacle().map(|obstacle| obstacle.to_string()),
        "state": crate::display::drain_state(app.xmpp.drain_state()),
        "members": members,
        "alone": alone,
        "refusals": refusals,
    })
}
