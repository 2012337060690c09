//! `cobnut cluster …`: asks the running node on this machine over its API; orders for other members go through it.
//!
//! Status: 0 healthy or done, 1 degraded or not done, 2 not reachable.

mod bundle;
mod drain;
mod table;

pub(crate) use table::members;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::api::Api;
use crate::cli::{ClusterCommand, SourceArgs};
use crate::plan;
use crate::told;

/// The node could not be asked.
const UNREACHABLE: u8 = 2;

/// Carries out one command.
pub(crate) fn run(command: ClusterCommand) -> Result<ExitCode> {
    let (ClusterCommand::Status { source, .. }
    | ClusterCommand::Members { source, .. }
    | ClusterCommand::Leave { source, .. }
    | ClusterCommand::Join { source, .. }
    | ClusterCommand::Drain { source, .. }
    | ClusterCommand::Reload { source, .. }
    | ClusterCommand::Diagnose { source, .. }) = &command;
    let node = match LocalNode::find(source) {
        Ok(node) => node,
        Err(err) => return Ok(unreachable(&err)),
    };
    match command {
        ClusterCommand::Status { json, .. } => {
            let answer = match node.report() {
                Ok(answer) => answer,
                Err(err) => return Ok(unreachable(&err)),
            };
            if json {
                print(&pretty(&answer)?)?;
            } else {
                print(&table::status(&answer, std::io::stdout().is_terminal()))?;
            }
            Ok(health(&answer))
        }
        ClusterCommand::Members { json, .. } => {
            let answer = match node.api.get("cluster") {
                Ok(answer) => answer,
                Err(err) => return Ok(unreachable(&err)),
            };
            print(&if json { pretty(&answer["members"])? } else { table::members(&answer) })?;
            Ok(ExitCode::SUCCESS)
        }
        ClusterCommand::Leave { node: member, .. } => {
            node.order(member.as_deref(), json!({ "order": "leave" }))?;
            print("it leaves the cluster and stays out until `cobnut cluster join`\n")?;
            Ok(ExitCode::SUCCESS)
        }
        ClusterCommand::Join { node: member, .. } => {
            node.order(member.as_deref(), json!({ "order": "serve" }))?;
            print("it takes clients and joins the cluster\n")?;
            Ok(ExitCode::SUCCESS)
        }
        ClusterCommand::Drain { node: member, timeout, stop, no_wait, .. } => {
            drain::run(&node, member.as_deref(), &drain::Wanted { timeout, stop, waits: !no_wait })
        }
        ClusterCommand::Reload { json, .. } => {
            let answer = node.api.post("cluster/reload", &json!({}))?;
            print(&if json { pretty(&answer)? } else { table::reloaded(&answer) })?;
            Ok(ExitCode::SUCCESS)
        }
        ClusterCommand::Diagnose { json, bundle, .. } => {
            let answer = match node.report() {
                Ok(answer) => answer,
                Err(err) => return Ok(unreachable(&err)),
            };
            if let Some(path) = bundle {
                bundle::write(&path, &answer, &node.metrics().unwrap_or_default())?;
            }
            print(&if json {
                pretty(&answer)?
            } else {
                table::diagnosis(&answer, std::io::stdout().is_terminal())
            })?;
            Ok(health(&answer))
        }
    }
}

/// The node of this machine that is asked.
pub(super) struct LocalNode {
    pub(super) api: Api,
}

impl LocalNode {
    fn find(source: &SourceArgs) -> Result<Self> {
        let files = plan::node_files(source)?;
        let folder = files.folder().display().to_string();
        let running = files.running()?.with_context(|| {
            format!("no node runs with the data folder {folder}; name another with --data")
        })?;
        let console = running.console.context("the node runs without a console, so it cannot be asked")?;
        Ok(Self { api: Api::new(console, files.api_token()?) })
    }

    pub(super) fn report(&self) -> Result<Value> {
        self.api.get("cluster/report").context("the node does not answer; was it killed?")
    }

    fn metrics(&self) -> Result<String> {
        self.api.text("/metrics")
    }

    pub(super) fn order(&self, member: Option<&str>, mut order: Value) -> Result<()> {
        if let (Some(order), Some(member)) = (order.as_object_mut(), member) {
            order.insert("node".to_owned(), json!(member));
        }
        self.api.post("cluster/orders", &order).map(|_| ())
    }
}

fn health(answer: &Value) -> ExitCode {
    let advice = answer["advice"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_degraded = !answer["alone"].is_null()
        || advice.iter().any(|advice| matches!(advice["severity"].as_str(), Some("error" | "warning")));
    if is_degraded { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn pretty(value: &Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

pub(super) fn print(text: &str) -> Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes()).context("write the answer")
}

#[expect(clippy::print_stderr, reason = "the reason for the status, for the operator")]
fn unreachable(err: &anyhow::Error) -> ExitCode {
    eprintln!("cobnut: {}", told::causes(err));
    ExitCode::from(UNREACHABLE)
}
