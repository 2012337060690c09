//! `cobnut cluster …`: asks the running node on this machine over its API.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::api::Api;
use crate::cli::ClusterCommand;
use crate::plan;

/// Carries out one command.
pub(crate) fn run(command: ClusterCommand) -> Result<ExitCode> {
    match command {
        ClusterCommand::Status { source, json } => {
            let files = plan::node_files(&source)?;
            let running = files.running()?.with_context(|| {
                format!(
                    "no node runs with the data folder {}; name another with --data",
                    files.folder().display()
                )
            })?;
            let console =
                running.console.context("the node runs without a console, so it cannot be asked")?;
            let answer = Api::new(console, files.api_token()?).get("cluster").with_context(|| {
                format!(
                    "process {} of the data folder {} does not answer at {console}; was it killed?",
                    running.pid,
                    files.folder().display()
                )
            })?;
            let mut out = std::io::stdout().lock();
            if json {
                serde_json::to_writer_pretty(&mut out, &answer)?;
                writeln!(out)?;
            } else {
                out.write_all(table(&answer).as_bytes())?;
            }
            let is_alone = !answer["alone"].is_null();
            Ok(if is_alone { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
    }
}

/// The members as aligned columns, and below them what is wrong.
pub(crate) fn table(answer: &Value) -> String {
    let mut rows = vec![["", "node", "address", "sessions", "version", "id"].map(str::to_owned)];
    for member in answer["members"].as_array().into_iter().flatten() {
        let text = |key: &str| member[key].as_str().unwrap_or_default().to_owned();
        let mark = match (member["oldest"].as_bool(), member["self"].as_bool()) {
            (Some(true), Some(true)) => "oldest, this node",
            (Some(true), _) => "oldest",
            (_, Some(true)) => "this node",
            _ => "",
        };
        rows.push([
            mark.to_owned(),
            text("name"),
            text("address"),
            member["sessions"].to_string(),
            text("version"),
            text("id"),
        ]);
    }
    let widths: Vec<usize> = (0..rows[0].len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut table = String::new();
    for row in &rows {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        table.push_str(line.join("  ").trim_end());
        table.push('\n');
    }
    if answer["enabled"] == Value::Bool(false) {
        table.push_str("clustering is off\n");
    }
    if !answer["alone"].is_null() {
        table.push_str("this node expected peers and is alone:\n");
        for expected in answer["alone"]["expected"].as_array().into_iter().flatten() {
            let text = |key: &str| expected[key].as_str().unwrap_or_default();
            table.extend(["  ", text("entry"), ": ", text("reason"), "\n"]);
        }
    }
    for refusal in answer["refusals"].as_array().into_iter().flatten() {
        let text = |key: &str| refusal[key].as_str().unwrap_or_default();
        table.extend(["refused ", text("peer"), ": ", text("reason"), "\n"]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_aligned_and_trouble_is_named() {
        let answer = serde_json::json!({
            "enabled": true,
            "members": [{"name": "one", "address": "127.0.5.1:5701", "sessions": 12, "version": "0.1.0", "id": "a",
                "oldest": true, "self": true}],
            "alone": {"expected": [{"entry": "192.168.5:1:5701", "reason": "the name does not resolve"}]},
            "refusals": [],
        });
        assert_eq!(
            table(&answer),
            "                   node  address         sessions  version  id\n\
             oldest, this node  one   127.0.5.1:5701  12        0.1.0    a\n\
             this node expected peers and is alone:\n  192.168.5:1:5701: the name does not resolve\n"
        );
    }
}
