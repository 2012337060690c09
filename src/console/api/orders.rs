//! `GET /api/v1/cluster/report`, `POST /api/v1/cluster/orders`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cobnut_operations::{Order, OrderError, advise};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::info;

use super::{ApiBody, ApiCaller, problem};
use crate::app::App;
use crate::error::PageError;

/// An order, and the member that it is for: its name, address or id. Without one it is for this node.
#[derive(Deserialize)]
pub(crate) struct Given {
    node: Option<String>,
    #[serde(flatten)]
    order: Order,
}

/// The cluster with what each member says about itself, and what that means.
pub(crate) async fn report(State(app): State<Arc<App>>, _caller: ApiCaller) -> Json<Value> {
    let report = app.operations.cluster_report().await;
    let mut answer = super::cluster::state(&app);
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("advice".to_owned(), json!(advise(&report)));
        answer.insert("report".to_owned(), json!(report));
    }
    Json(answer)
}

pub(crate) async fn order(
    State(app): State<Arc<App>>,
    ApiBody(given): ApiBody<Given>,
) -> Result<Response, PageError> {
    let (operations, order) = (app.operations.clone(), given.order);
    let node = given.node.clone();
    let done = app.complete("order", async move { operations.order(node.as_deref(), order).await }).await?;
    let node = given.node.as_deref().unwrap_or("this node");
    match done {
        Ok(()) => {
            info!(node, ?order, "order given through the API");
            Ok((StatusCode::ACCEPTED, Json(json!({ "accepted": true }))).into_response())
        }
        Err(err) => {
            let (status, code) = match err {
                OrderError::NoSuchMember(_) => (StatusCode::NOT_FOUND, "no-such-member"),
                OrderError::Ambiguous(_) => (StatusCode::CONFLICT, "ambiguous-member"),
                OrderError::Unreachable(_) => (StatusCode::BAD_GATEWAY, "member-unreachable"),
                OrderError::Refused(_) => (StatusCode::CONFLICT, "order-refused"),
            };
            Ok(problem(status, code, &err.to_string()))
        }
    }
}
