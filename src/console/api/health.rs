//! Health probes for load balancers and supervisors, and metrics for Prometheus.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cobnut_model::limits::CONSOLE_PROBE_TIMEOUT;
use serde_json::{Value, json};

use super::ApiCaller;
use crate::app::App;
use crate::error::PageError;
use crate::visitor::Visitor;

/// Format of `/metrics`.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The process answers.
pub(crate) async fn live() -> Json<Value> {
    Json(json!({ "status": "up" }))
}

/// New clients are welcome: the database answers. A node alone in its cluster serves, and says that it is alone.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response {
    let answer = tokio::time::timeout(CONSOLE_PROBE_TIMEOUT, app.store.ping()).await;
    let is_up = matches!(answer, Ok(Ok(())));
    let word = |is_up: bool| if is_up { "up" } else { "down" };
    let cluster = match (app.cluster.is_enabled(), app.cluster.alone().is_some()) {
        (false, _) => "disabled",
        (true, true) => "alone",
        (true, false) => "enabled",
    };
    let drain = app.xmpp.drain_state();
    let is_ready = is_up && drain.is_serving();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "status": if drain.is_serving() { word(is_up) } else { "draining" },
        "database": word(is_up),
        "cluster": cluster,
        "members": app.cluster.members().len(),
    });
    (status, Json(body)).into_response()
}

/// For balancers that keep the connections of a server that answers 404 and give it no new ones (`disable-on-404` of HAProxy):
/// 200 while clients are welcome, 404 while they are sent away. A database that is away is no reason for either.
pub(crate) async fn accepting(State(app): State<Arc<App>>) -> Response {
    let drain = app.xmpp.drain_state();
    let status = if drain.is_serving() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    (status, Json(json!({ "status": crate::display::drain_state(drain) }))).into_response()
}

/// For holders of the token, and for collectors on this machine.
pub(crate) async fn metrics(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    // Behind a proxy on this machine everybody seems to be local.
    let is_forwarded = headers.contains_key("forwarded") || headers.contains_key("x-forwarded-for");
    let is_local = visitor.connection.peer.ip().to_canonical().is_loopback() && !is_forwarded;
    if !is_local && !ApiCaller::is_authorised(&headers, &app) {
        return Err(PageError::Unauthorized);
    }
    Ok(([(header::CONTENT_TYPE, OPENMETRICS)], app.registry.encode()).into_response())
}
