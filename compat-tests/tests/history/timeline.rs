//! A failed record for people: what happened around each violation.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::checker::Violation;
use crate::event::{Event, Millis, What};

/// Time shown before and after a violation.
const AROUND: Millis = 4000;
/// Violations that are shown; the rest is in the record.
const SHOWN_MAX: usize = 10;

/// The violations, and the time around each of the first ones, one line for each event.
pub(crate) fn timeline(history: &[Event], violations: &[Violation]) -> String {
    let mut text = format!("{} promises broken\n", violations.len());
    for violation in violations.iter().take(SHOWN_MAX) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n{} at {}: {}", violation.promise, seconds(violation.at), violation.text);
        let from = violation.at.saturating_sub(AROUND);
        let mut last: BTreeMap<usize, String> = BTreeMap::new();
        let near = history.iter().filter(|event| event.to >= from && event.from <= violation.at + AROUND);
        for event in near {
            let line = line(&event.what);
            // A node that still says the same is not worth a line.
            if let What::Lookup { node, .. } = &event.what {
                if last.get(node) == Some(&line) {
                    continue;
                }
                last.insert(*node, line.clone());
            }
            let mark = if event.to == violation.at { ">>" } else { "  " };
            let _ = writeln!(text, "{mark} {} … {}  {line}", seconds(event.from), seconds(event.to));
        }
    }
    text
}

fn seconds(at: Millis) -> String {
    format!("{:>4}.{:03}", at / 1000, at % 1000)
}

fn line(what: &What) -> String {
    match what {
        What::Bind { session, node, jid, outcome } => {
            format!("session {session} binds {jid} on node {}: {outcome:?}", node + 1)
        }
        What::Status { session, serial, outcome } => {
            format!("session {session} has status {serial}: {outcome:?}")
        }
        What::Send { session, to, message, outcome } => {
            format!("session {session} sends message {message} to {to}: {outcome:?}")
        }
        What::Unbind { session, outcome } => format!("session {session} closes its stream: {outcome:?}"),
        What::Lost { session, why } => format!("session {session} is lost: {why}"),
        What::Received { session, message } => format!("session {session} receives message {message}"),
        What::Returned { session, message } => format!("session {session} gets message {message} back"),
        What::Fault { name, nodes, .. } => {
            let nodes: Vec<String> = nodes.iter().map(|node| (node + 1).to_string()).collect();
            format!("FAULT {name} of node {}", nodes.join(", "))
        }
        What::Lookup { node, run, rows } => {
            let rows = rows.as_ref().map(|rows| {
                let short = rows.iter().map(|row| {
                    let user = row.jid.split('@').next().unwrap_or_default();
                    let holder = row.holder.map_or_else(|| "?".to_owned(), |node| (node + 1).to_string());
                    format!("{user}@{holder}:{}", row.status.as_deref().unwrap_or("-"))
                });
                short.collect::<Vec<_>>().join(" ")
            });
            format!("node {} (run {run}) says {}", node + 1, rows.as_deref().unwrap_or("nothing"))
        }
    }
}
