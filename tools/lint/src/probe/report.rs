//! Reports of several machines, and the matrix of who reaches whom.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use cobnut_lint::{Answer, Probed, Service};
use serde::{Deserialize, Serialize};

/// Version of the format.
const VERSION: u32 = 1;
/// Largest report in bytes.
const BYTES_MAX: u64 = 1 << 20;
/// Reports that are merged at most.
const REPORTS_MAX: usize = 64;

/// What one machine found out.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
struct Report {
    version: u32,
    /// Nodes of that machine.
    nodes: Vec<String>,
    /// Its addresses without loopback.
    addresses: Vec<IpAddr>,
    /// Its time at the beginning, in milliseconds since 1970.
    time_ms: i64,
    asked: Vec<Cell>,
    /// By how many milliseconds others' clocks are ahead.
    clocks: Vec<(IpAddr, i64)>,
    /// Names and what they resolve to.
    names: Vec<(String, Vec<IpAddr>)>,
    /// Other probes that were heard by multicast.
    heard: Vec<IpAddr>,
}

/// One answer.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
struct Cell {
    address: SocketAddr,
    /// One word for the matrix.
    word: String,
    /// Whether a member answered.
    is_member: bool,
}

fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Refused => "refused",
        Answer::TimedOut => "timeout",
        Answer::Failed(_) => "no way",
        Answer::Service(Service::Cobnut { .. }) => "Cobnut",
        Answer::Service(Service::Hazelcast { .. }) => "Hazelcast",
        Answer::Service(Service::Http(_)) => "HTTP",
        Answer::Service(Service::Closed | Service::Silent) => "silent",
        Answer::Service(_) => "other",
    }
}

/// Writes what was found out.
pub(crate) fn write_report(path: &Path, probed: &Probed) -> Result<()> {
    let asked = probed.asked.iter();
    let report = Report {
        version: VERSION,
        nodes: probed.here.clone(),
        addresses: probed.local.iter().copied().filter(|address| !address.is_loopback()).collect(),
        time_ms: probed.now_ms.unwrap_or_default(),
        asked: asked
            .map(|(address, answer)| Cell {
                address: *address,
                word: word(answer).to_owned(),
                is_member: answer.is_member(),
            })
            .collect(),
        clocks: probed.clocks.clone(),
        names: probed.names.clone(),
        heard: probed.groups.iter().flat_map(|group| group.heard.clone()).collect(),
    };
    let text = serde_json::to_string_pretty(&report)?;
    fs::write(path, text + "\n").with_context(|| path.display().to_string())
}

/// The matrix of reports, and whether every member is reached by everybody.
///
/// # Errors
/// A file cannot be read, or is no report.
pub(crate) fn matrix(paths: &[PathBuf]) -> Result<(String, bool)> {
    if paths.len() > REPORTS_MAX {
        bail!("at most {REPORTS_MAX} reports are merged");
    }
    let mut reports = Vec::new();
    for path in paths {
        let name = || path.display().to_string();
        if fs::metadata(path).with_context(name)?.len() > BYTES_MAX {
            bail!("{}: larger than any report", path.display());
        }
        let text = fs::read_to_string(path).with_context(name)?;
        let report: Report = serde_json::from_str(&text)
            .with_context(|| format!("{}: no report of --probe", path.display()))?;
        if report.version != VERSION {
            bail!("{}: a report of version {}, this program reads {VERSION}", path.display(), report.version);
        }
        reports.push((stem(path), report));
    }
    Ok(merged(&reports))
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

fn merged(reports: &[(String, Report)]) -> (String, bool) {
    let targets: BTreeSet<SocketAddr> =
        reports.iter().flat_map(|(_, report)| report.asked.iter().map(|cell| cell.address)).collect();
    let wide = reports.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(4);
    let mut text = format!("{:wide$}", "from");
    for target in &targets {
        let _infallible = write!(text, "  {:>21}", target.to_string());
    }
    text.push('\n');
    let mut problems = Vec::new();
    for (name, report) in reports {
        let _infallible = write!(text, "{name:wide$}");
        for target in &targets {
            let cell = report.asked.iter().find(|cell| cell.address == *target);
            let shown = match cell {
                Some(cell) => cell.word.as_str(),
                None if report.addresses.contains(&target.ip()) => "itself",
                None => "-",
            };
            let _infallible = write!(text, "  {shown:>21}");
        }
        text.push('\n');
    }
    let cells = |target: &SocketAddr| -> Vec<(&str, &Cell)> {
        reports
            .iter()
            .filter_map(|(name, report)| {
                Some((name.as_str(), report.asked.iter().find(|cell| cell.address == *target)?))
            })
            .collect()
    };
    for target in &targets {
        let cells = cells(target);
        let words: BTreeSet<&str> = cells.iter().map(|(_, cell)| class(&cell.word)).collect();
        if words.len() > 1 {
            problems.push(format!("{target} answers differently: {}", list(&cells)));
        } else if cells.iter().any(|(_, cell)| !cell.is_member) && !has_member_beside(reports, target) {
            problems.push(format!("{target}: {}", list(&cells)));
        }
    }
    problems.extend(different_names(reports));
    let mut clocks = clocks(reports);
    problems.append(&mut clocks);
    for problem in &problems {
        let _infallible = writeln!(text, "problem: {problem}");
    }
    if problems.is_empty() {
        text.push_str("everybody reaches every member\n");
    }
    (text, problems.is_empty())
}

/// Whether silence or the lack of a way is told depends on the time since somebody last tried.
fn class(word: &str) -> &str {
    if word == "no way" { "timeout" } else { word }
}

fn list(cells: &[(&str, &Cell)]) -> String {
    cells.iter().map(|(name, cell)| format!("{} from {name}", cell.word)).collect::<Vec<_>>().join(", ")
}

/// A member without a port is looked for on several: another port of the same address with a member is enough.
fn has_member_beside(reports: &[(String, Report)], target: &SocketAddr) -> bool {
    let all = reports.iter().flat_map(|(_, report)| &report.asked);
    all.clone().any(|cell| {
        cell.address.ip() == target.ip() && cell.is_member && cell.address.port() != target.port()
    })
}

/// Names that mean another address on another machine.
fn different_names(reports: &[(String, Report)]) -> Vec<String> {
    let names: BTreeSet<&String> =
        reports.iter().flat_map(|(_, report)| report.names.iter().map(|(name, _)| name)).collect();
    let mut found = Vec::new();
    for name in names {
        let seen: Vec<(&str, &Vec<IpAddr>)> = reports
            .iter()
            .filter_map(|(from, report)| {
                Some((from.as_str(), report.names.iter().find(|(known, _)| known == name).map(|(_, a)| a)?))
            })
            .collect();
        if seen.iter().any(|(_, addresses)| *addresses != seen[0].1) {
            let each = seen.iter().map(|(from, addresses)| {
                let addresses: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
                let means = if addresses.is_empty() { "nothing".to_owned() } else { addresses.join(", ") };
                format!("{means} on {from}")
            });
            found.push(format!("`{name}` is {}", each.collect::<Vec<_>>().join("; ")));
        }
    }
    found
}

/// Clocks that differ by more than the rule `wrong-clock` allows.
fn clocks(reports: &[(String, Report)]) -> Vec<String> {
    let all = reports.iter().flat_map(|(name, report)| report.clocks.iter().map(move |clock| (name, clock)));
    all.filter(|(_, (_, ahead))| ahead.unsigned_abs() > 2_500)
        .map(|(name, (address, ahead))| {
            format!("the clock at {address} differs by {ahead} ms from that of {name}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(own: &str, asked: &[(&str, &str)]) -> Report {
        let cell = |(address, word): &(&str, &str)| Cell {
            address: address.parse().expect("an address"),
            word: (*word).to_owned(),
            is_member: *word == "Cobnut",
        };
        Report {
            version: VERSION,
            nodes: Vec::new(),
            addresses: vec![own.parse().expect("an address")],
            time_ms: 0,
            asked: asked.iter().map(cell).collect(),
            clocks: Vec::new(),
            names: Vec::new(),
            heard: Vec::new(),
        }
    }

    #[test]
    fn the_matrix_names_whoever_is_not_reached() {
        let well = [
            (
                "a".to_owned(),
                report("10.0.0.1", &[("10.0.0.2:5701", "Cobnut"), ("10.0.0.2:5702", "refused")]),
            ),
            ("b".to_owned(), report("10.0.0.2", &[("10.0.0.1:5701", "Cobnut")])),
        ];
        let (text, is_well) = merged(&well);
        assert!(is_well && text.contains("itself"), "{text}");
        let mut ill = well.clone();
        ill[1].1 = report("10.0.0.2", &[("10.0.0.1:5701", "timeout")]);
        ill[0].1.asked.push(Cell {
            address: "10.0.0.1:5701".parse().expect("an address"),
            word: "no way".to_owned(),
            is_member: false,
        });
        let (text, is_well) = merged(&ill);
        assert!(!is_well && text.contains("problem: 10.0.0.1:5701: no way from a, timeout from b"), "{text}");
    }

    #[test]
    fn different_answers_names_and_clocks_are_problems() {
        let mut reports = [
            ("a".to_owned(), report("10.0.0.1", &[("10.0.0.3:5701", "Cobnut")])),
            ("b".to_owned(), report("10.0.0.2", &[("10.0.0.3:5701", "timeout")])),
        ];
        reports[0].1.names.push(("n".to_owned(), vec![IpAddr::from([10, 0, 0, 3])]));
        reports[1].1.names.push(("n".to_owned(), Vec::new()));
        reports[1].1.clocks.push((IpAddr::from([10, 0, 0, 1]), -9000));
        let (text, is_well) = merged(&reports);
        assert!(!is_well);
        for part in [
            "10.0.0.3:5701 answers differently: Cobnut from a, timeout from b",
            "`n` is 10.0.0.3 on a; nothing on b",
            "the clock at 10.0.0.1 differs by -9000 ms from that of b",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
