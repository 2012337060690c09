//! The results.

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::System;

/// One system at one size.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figures {
    #[serde(serialize_with = "by_name")]
    pub(crate) system: System,
    pub(crate) members: usize,
    pub(crate) entries: u64,
    /// New entries until all members see the last one.
    pub(crate) fill_per_second: f64,
    /// CPU time of all members.
    pub(crate) fill_cpu_us: f64,
    /// Changed entries until all members see all of them.
    pub(crate) updates_per_second: f64,
    /// CPU time of all members.
    pub(crate) update_cpu_us: f64,
    /// From the beginning of a put until the last other member reads it.
    pub(crate) latency_p50_us: f64,
    pub(crate) latency_p99_us: f64,
    /// Memory of one member, besides what it had when almost empty.
    pub(crate) bytes_per_entry: f64,
    /// From the start of an empty member's process until it sees every entry.
    pub(crate) join_seconds: f64,
    /// What it was sent for each entry, if the system says.
    pub(crate) join_bytes: Option<f64>,
    /// From the end of a member's process until nobody counts it.
    pub(crate) death_ms: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn by_name<S: serde::Serializer>(system: &System, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name(*system))
}

fn name(system: System) -> &'static str {
    match system {
        System::Cobnut => "Cobnut",
        System::Uncompressed => "Cobnut, uncompressed",
        System::Clear => "Cobnut, links in the clear",
        System::Replicated => "ReplicatedMap",
        System::Imap => "IMap",
    }
}

type Row = (&'static str, fn(&Figures) -> f64);

const ROWS: [Row; 11] = [
    ("new entries per second, seen by all", |figures| figures.fill_per_second),
    ("CPU for a new entry, all members, µs", |figures| figures.fill_cpu_us),
    ("updates per second, seen by all", |figures| figures.updates_per_second),
    ("CPU for an update, all members, µs", |figures| figures.update_cpu_us),
    ("an update is seen by all after, p50, µs", |figures| figures.latency_p50_us),
    ("an update is seen by all after, p99, µs", |figures| figures.latency_p99_us),
    ("memory of an entry on a member, bytes", |figures| figures.bytes_per_entry),
    ("an empty process has every entry after, s", |figures| figures.join_seconds),
    ("bytes that it is sent for an entry", |figures| figures.join_bytes.unwrap_or(f64::NAN)),
    ("a killed member is noticed after, ms", |figures| figures.death_ms),
    ("entries", |figures| {
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let entries = figures.entries as f64;
        entries
    }),
];

/// Prints all, as a Markdown table for each size.
pub(crate) fn print(all: &[Figures], as_json: bool) -> Result<()> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(all).context("write JSON")?);
        return Ok(());
    }
    for sizes in all.chunk_by(|one, other| one.members == other.members) {
        let members = sizes.first().map_or(0, |figures| figures.members);
        let names: Vec<&str> = sizes.iter().map(|figures| name(figures.system)).collect();
        println!("| {members} members | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()));
        for (title, value) in ROWS {
            let cells: Vec<String> = sizes.iter().map(|figures| rounded(value(figures))).collect();
            println!("| {title} | {} |", cells.join(" | "));
        }
        println!();
    }
    Ok(())
}

fn rounded(value: f64) -> String {
    if value.is_nan() {
        return String::new();
    }
    if value < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}
