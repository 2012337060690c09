//! A small client of the console's JSON API, for the command line and the demo.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Time for one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// The API of one node.
pub(crate) struct Api {
    agent: ureq::Agent,
    base: String,
    authorization: String,
}

impl Api {
    /// Speaks to the console at `console` with the node's token.
    pub(crate) fn new(console: SocketAddr, token: String) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(REQUEST_TIMEOUT))
            .http_status_as_error(false)
            .proxy(None)
            .build();
        let mut reachable = console;
        if reachable.ip().is_unspecified() {
            reachable.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        Self {
            agent: config.into(),
            base: format!("http://{reachable}/api/v1"),
            authorization: format!("Bearer {token}"),
        }
    }

    /// `GET`.
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        let request =
            self.agent.get(format!("{}/{path}", self.base)).header("Authorization", &self.authorization);
        answer(request.call(), path)
    }

    /// A page beside the API, as text.
    pub(crate) fn text(&self, path: &str) -> Result<String> {
        let root = self.base.trim_end_matches("/api/v1");
        let request = self.agent.get(format!("{root}{path}")).header("Authorization", &self.authorization);
        let mut response = request.call().with_context(|| format!("ask the node for {path}"))?;
        response.body_mut().read_to_string().with_context(|| format!("read the answer to {path}"))
    }

    /// `POST`.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request =
            self.agent.post(format!("{}/{path}", self.base)).header("Authorization", &self.authorization);
        answer(request.send_json(body), path)
    }

    /// `PUT`.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Result<Value> {
        let request =
            self.agent.put(format!("{}/{path}", self.base)).header("Authorization", &self.authorization);
        answer(request.send_json(body), path)
    }
}

fn answer(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>, path: &str) -> Result<Value> {
    let mut response = response.with_context(|| format!("ask the node for {path}"))?;
    let text = response.body_mut().read_to_string().with_context(|| format!("read the answer to {path}"))?;
    if !response.status().is_success() {
        let problem: Option<Value> = serde_json::from_str(&text).ok();
        let said = problem.as_ref().and_then(|problem| problem["error"]["message"].as_str());
        bail!("the node answered {} to {path}: {}", response.status(), said.unwrap_or(&text));
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).with_context(|| format!("understand the answer to {path}"))
}
