//! Results as a table for people or as JSON for scripts.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use serde::Serialize;

use crate::measure::{MemoryCourse, RoomFigures, StormFigures};
use crate::numbers::{Summary, float};
use crate::process::Memory;
use crate::target::Placement;

/// Form of the results on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
}

/// What one measurement of one target found; `cpu_us` is the server's CPU time for one message or login, in
/// microseconds.
#[derive(Debug, Serialize)]
#[serde(tag = "measurement", rename_all = "kebab-case")]
pub(crate) enum Outcome {
    Logins {
        logins: u64,
        per_second: f64,
        latency: Summary,
        cpu_us: Option<f64>,
    },
    Idle {
        sessions: u64,
        before: Memory,
        after: Memory,
    },
    PingPong {
        placement: Placement,
        messages: u64,
        latency: Summary,
        cpu_us: Option<f64>,
    },
    Flood {
        placement: Placement,
        messages: u64,
        per_second: f64,
        payload_bytes: usize,
        cpu_us: Option<f64>,
    },
    Rooms(RoomFigures),
    Storm(StormFigures),
    Churn {
        logins: u64,
        failures: u64,
        /// Why the first of them failed.
        first_failure: Option<String>,
        /// Logins not begun: the machine did not let the generator run in time.
        late: u64,
        /// Logins not begun: as many sessions as may be were open, so the server is too slow.
        full: u64,
        wanted_per_second: u32,
        per_second: f64,
        latency: Summary,
        cpu_us: Option<f64>,
        /// The generator's own CPU time for one login, in microseconds.
        own_cpu_us: f64,
        sample_seconds: u64,
        courses: Vec<MemoryCourse>,
    },
}

/// One line of the report.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) target: String,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

/// Where the numbers were taken: no number means anything without it.
#[derive(Debug, Serialize)]
struct Machine {
    processor: String,
    cores: usize,
    kernel: String,
}

impl Machine {
    fn this() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            processor: model.map_or("unknown", |(_, name)| name).to_owned(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            kernel: kernel.trim().to_owned(),
        }
    }
}

/// Everything that one run found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    command: String,
    rows: Vec<Row>,
}

impl Report {
    pub(crate) fn new(rows: Vec<Row>) -> Self {
        let command: Vec<String> = std::env::args().skip(1).collect();
        Self { machine: Machine::this(), command: format!("loadgen {}", command.join(" ")), rows }
    }

    /// Writes it to standard output.
    pub(crate) fn print(&self, format: Format) -> Result<()> {
        let text = match format {
            Format::Table => self.tables(),
            Format::Json => serde_json::to_string_pretty(self).context("write JSON")? + "\n",
        };
        std::io::stdout().lock().write_all(text.as_bytes()).context("write the report")
    }

    fn tables(&self) -> String {
        let Machine { processor, cores, kernel } = &self.machine;
        let mut text = format!("{processor}, {cores} cores, Linux {kernel}\n");
        let mut lines: Vec<Vec<String>> = Vec::new();
        let mut headers: &[&str] = &[];
        for row in &self.rows {
            if headers != row.outcome.headers() {
                text += &align(&lines);
                headers = row.outcome.headers();
                lines = vec![headers.iter().map(|&header| header.to_owned()).collect()];
            }
            let mut line = vec![row.target.clone()];
            line.extend(row.outcome.values());
            lines.push(line);
        }
        text += &align(&lines);
        for row in &self.rows {
            if let Outcome::Churn { first_failure: Some(reason), .. } = &row.outcome {
                let _ = writeln!(text, "{}: the first login that failed: {reason}", row.target);
            }
        }
        text
    }
}

impl Outcome {
    fn headers(&self) -> &'static [&'static str] {
        match self {
            Self::Logins { .. } => {
                &["logins", "count", "per s", "p50 ms", "p99 ms", "CPU ms each", "per core-second"]
            }
            Self::Idle { .. } => {
                &["idle", "sessions", "empty MB", "full MB", "resident kB each", "anonymous kB each"]
            }
            Self::PingPong { .. } => &[
                "ping-pong",
                "placement",
                "messages",
                "p50 µs",
                "p90 µs",
                "p99 µs",
                "p99.9 µs",
                "max µs",
                "CPU µs each",
            ],
            Self::Churn { .. } => &[
                "churn",
                "logins",
                "failed",
                "late",
                "full",
                "wanted per s",
                "per s",
                "p50 ms",
                "p99 ms",
                "CPU ms each",
                "loadgen CPU ms",
                "MB from … to (most), kB per minute; each node",
            ],
            Self::Rooms(_) => &[
                "rooms",
                "rooms",
                "occupants",
                "entries per s",
                "CPU ms each",
                "copies",
                "bytes",
                "per s",
                "CPU µs each",
            ],
            Self::Storm(_) => &[
                "storm",
                "sessions",
                "contacts",
                "presences",
                "missing",
                "s",
                "logins per s",
                "CPU ms per login",
                "kB each",
            ],
            Self::Flood { .. } => &["flood", "placement", "messages", "bytes", "per s", "CPU µs each"],
        }
    }

    fn values(&self) -> Vec<String> {
        match self {
            Self::Logins { logins, per_second, latency, cpu_us } => vec![
                logins.to_string(),
                format!("{per_second:.0}"),
                format!("{:.1}", latency.p50_us / 1000.0),
                format!("{:.1}", latency.p99_us / 1000.0),
                optional(*cpu_us, |cpu| format!("{:.3}", cpu / 1000.0)),
                optional(*cpu_us, |cpu| format!("{:.0}", 1e6 / cpu)),
            ],
            Self::Idle { sessions, before, after } => vec![
                sessions.to_string(),
                megabytes(before.resident),
                megabytes(after.resident),
                kilobytes_each(before.resident, after.resident, *sessions),
                kilobytes_each(before.anonymous, after.anonymous, *sessions),
            ],
            Self::PingPong { placement, messages, latency, cpu_us } => {
                let mut values = vec![placement.label().to_owned(), messages.to_string()];
                let Summary { p50_us, p90_us, p99_us, p999_us, max_us } = *latency;
                values.extend([p50_us, p90_us, p99_us, p999_us, max_us].map(|micros| format!("{micros:.0}")));
                values.push(optional(*cpu_us, |cpu| format!("{cpu:.1}")));
                values
            }
            Self::Churn {
                logins,
                failures,
                late,
                full,
                wanted_per_second,
                per_second,
                latency,
                cpu_us,
                own_cpu_us,
                courses,
                ..
            } => vec![
                logins.to_string(),
                failures.to_string(),
                late.to_string(),
                full.to_string(),
                wanted_per_second.to_string(),
                format!("{per_second:.0}"),
                format!("{:.1}", latency.p50_us / 1000.0),
                format!("{:.1}", latency.p99_us / 1000.0),
                optional(*cpu_us, |cpu| format!("{:.3}", cpu / 1000.0)),
                format!("{:.3}", own_cpu_us / 1000.0),
                courses.iter().map(memory_course).collect::<Vec<_>>().join("; "),
            ],
            Self::Rooms(figures) => room_values(figures),
            Self::Storm(figures) => storm_values(figures),
            Self::Flood { placement, messages, per_second, payload_bytes, cpu_us } => vec![
                placement.label().to_owned(),
                messages.to_string(),
                payload_bytes.to_string(),
                format!("{per_second:.0}"),
                optional(*cpu_us, |cpu| format!("{cpu:.1}")),
            ],
        }
    }
}

fn room_values(figures: &RoomFigures) -> Vec<String> {
    vec![
        figures.rooms.to_string(),
        figures.occupants.to_string(),
        format!("{:.0}", figures.entries_per_second),
        optional(figures.entry_cpu_ms, |cpu| format!("{cpu:.2}")),
        figures.copies.to_string(),
        figures.payload_bytes.to_string(),
        format!("{:.0}", figures.copies_per_second),
        optional(figures.copy_cpu_us, |cpu| format!("{cpu:.2}")),
    ]
}

fn storm_values(figures: &StormFigures) -> Vec<String> {
    let sessions = u64::try_from(figures.sessions).unwrap_or(u64::MAX);
    vec![
        figures.sessions.to_string(),
        figures.contacts.to_string(),
        figures.presences.to_string(),
        figures.expected.saturating_sub(figures.presences).to_string(),
        format!("{:.1}", figures.seconds),
        format!("{:.0}", figures.logins_per_second),
        optional(figures.login_cpu_ms, |cpu| format!("{cpu:.2}")),
        figures.memory.map_or_else(
            || "-".to_owned(),
            |(before, after)| kilobytes_each(before.resident, after.resident, sessions),
        ),
    ]
}

fn memory_course(course: &MemoryCourse) -> String {
    let first = course.resident.first().copied().unwrap_or_default();
    let last = course.resident.last().copied().unwrap_or_default();
    let most = course.resident.iter().copied().max().unwrap_or_default();
    let per_minute = course.bytes_per_second * 60.0 / 1e3;
    format!("{}…{} ({}), {per_minute:+.0}", megabytes(first), megabytes(last), megabytes(most))
}

fn optional(cpu: Option<f64>, show: impl Fn(f64) -> String) -> String {
    cpu.map_or_else(|| "-".to_owned(), show)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", float(bytes) / 1e6)
}

fn kilobytes_each(before: u64, after: u64, sessions: u64) -> String {
    if sessions == 0 {
        return "-".to_owned();
    }
    format!("{:.1}", float(after.saturating_sub(before)) / 1e3 / float(sessions))
}

/// Columns as wide as their widest value: names to the left, numbers to the right.
fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        text += if number == 0 { "\n" } else { "" };
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            let cell = if column == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
            text += &cell;
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let latency = Summary { p50_us: 80.0, p90_us: 90.0, p99_us: 100.4, p999_us: 200.0, max_us: 300.0 };
        let cpu_us = Some(8.0);
        let before = Memory { resident: 10_000_000, private: 9_000_000, anonymous: 8_000_000 };
        let after = Memory { resident: 14_000_000, private: 13_000_000, anonymous: 11_000_000 };
        let row = |target: &str, outcome| Row { target: target.to_owned(), outcome };
        let placement = Placement::AcrossNodes;
        vec![
            row("ours", Outcome::PingPong { placement, messages: 1000, latency, cpu_us }),
            row(
                "the other",
                Outcome::PingPong { placement: Placement::SameNode, messages: 9, latency, cpu_us: None },
            ),
            row("ours", Outcome::Idle { sessions: 1000, before, after }),
        ]
    }

    #[test]
    fn measurements_of_one_kind_share_a_table() {
        let tables = Report::new(rows()).tables();
        let (_, tables) = tables.split_once('\n').unwrap();
        assert_eq!(
            tables,
            "\nping-pong     placement  messages  p50 µs  p90 µs  p99 µs  p99.9 µs  max µs  CPU µs each\n\
             ours       across nodes      1000      80      90     100       200     300          8.0\n\
             the other     same node         9      80      90     100       200     300            -\n\
             \nidle  sessions  empty MB  full MB  resident kB each  anonymous kB each\n\
             ours      1000      10.0     14.0               4.0                3.0\n"
        );
    }

    #[test]
    fn a_churn_says_whose_limit_its_rate_is() {
        let latency = Summary { p50_us: 80.0, p90_us: 90.0, p99_us: 100.4, p999_us: 200.0, max_us: 300.0 };
        let outcome = Outcome::Churn {
            logins: 700,
            failures: 4,
            first_failure: Some("not-authorized".to_owned()),
            late: 100,
            full: 196,
            wanted_per_second: 1000,
            per_second: 700.0,
            latency,
            cpu_us: Some(1300.0),
            own_cpu_us: 250.0,
            sample_seconds: 1,
            courses: Vec::new(),
        };
        let values = outcome.values();
        let value_of = |header: &str| {
            // The first column is the target's name.
            let column = outcome.headers().iter().position(|&found| found == header).unwrap();
            values[column - 1].as_str()
        };
        assert_eq!(values.len() + 1, outcome.headers().len());
        for (header, value) in [("failed", "4"), ("late", "100"), ("full", "196"), ("wanted per s", "1000")] {
            assert_eq!(value_of(header), value, "{header}");
        }
        assert_eq!((value_of("CPU ms each"), value_of("loadgen CPU ms")), ("1.300", "0.250"));
        let text = Report::new(vec![Row { target: "ours".to_owned(), outcome }]).tables();
        assert!(text.ends_with("\nours: the first login that failed: not-authorized\n"), "{text}");
    }

    #[test]
    fn json_carries_everything() -> Result<()> {
        let json = serde_json::to_value(Report::new(rows()))?;
        let row = |index: usize| &json["rows"][index];
        assert_eq!(row(0)["measurement"], "ping-pong");
        assert_eq!(row(0)["placement"], "across-nodes");
        assert_eq!(row(0)["cpu_us"], 8.0);
        assert_eq!(row(2)["after"]["anonymous"], 11_000_000);
        assert!(json["machine"]["cores"].as_u64() > Some(0));
        Ok(())
    }
}
