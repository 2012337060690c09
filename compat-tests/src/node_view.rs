//! What a node tells about itself on its own host: the console's API and the metrics.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{Host, http};

/// Sessions that one request for a dump asks for.
const DUMP_PAGE: usize = 500;

/// A look at a node from its own host, which no fault of the network disturbs.
#[derive(Debug, Clone)]
pub struct NodeView {
    name: String,
    host: Arc<Host>,
    token: PathBuf,
    port: u16,
}

impl NodeView {
    pub(crate) fn new(name: &str, host: &Arc<Host>, folder: &Path, port: u16) -> Self {
        let token = folder.join("data/api-token");
        Self { name: name.to_owned(), host: Arc::clone(host), token, port }
    }

    /// `GET /api/v1/PATH`, with the token from the node's data folder.
    pub fn api(&self, path: &str) -> Result<Value> {
        let body = self.get(&format!("/api/v1/{path}"))?;
        serde_json::from_str(&body).with_context(|| format!("parse the answer to {path}: {body}"))
    }

    /// The value of one metric, all its labels together.
    pub fn metric(&self, name: &str) -> Result<f64> {
        let is_it = |line: &&str| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ') || rest.starts_with('{'))
        };
        let body = self.metrics()?;
        let values = body.lines().filter(is_it).filter_map(|line| line.rsplit_once(' '));
        let values: Vec<f64> = values.filter_map(|(_, value)| value.parse().ok()).collect();
        if values.is_empty() {
            bail!("{} has no metric {name}", self.name);
        }
        Ok(values.iter().sum())
    }

    /// All metrics as text.
    pub fn metrics(&self) -> Result<String> {
        self.get("/metrics")
    }

    /// Every session of the cluster as the node knows it, with all fields of the API.
    pub fn sessions(&self) -> Result<Vec<Value>> {
        let mut sessions = Vec::new();
        loop {
            let mut page = self.api(&format!("sessions?limit={DUMP_PAGE}&offset={}", sessions.len()))?;
            let rows = page["sessions"].take();
            let Value::Array(rows) = rows else { bail!("no sessions in {page}") };
            let is_last = rows.len() < DUMP_PAGE;
            sessions.extend(rows);
            if is_last {
                return Ok(sessions);
            }
        }
    }

    fn get(&self, path: &str) -> Result<String> {
        let token =
            fs::read_to_string(&self.token).with_context(|| format!("read {}", self.token.display()))?;
        let authorization = format!("Authorization: Bearer {}", token.trim());
        let answer = http::get(&self.host, self.host.socket(self.port), path, &[&authorization])?;
        if answer.status != 200 {
            bail!("GET {path} of {} was answered with {}: {}", self.name, answer.status, answer.body);
        }
        Ok(answer.body)
    }
}
