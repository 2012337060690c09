//! From reports to sentences: what is wrong, why, and what to do.

use serde::{Deserialize, Serialize};

use crate::report::{ClusterReport, MemberReport, NodeReport};

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The cluster does not do what it is for.
    Error,
    /// It does, and something should be looked at.
    Warning,
    /// Good to know.
    Note,
}

/// One thing that an operator should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, and where.
    pub what: String,
    /// Why it is so.
    pub why: String,
    /// What to do about it.
    pub remedy: String,
}

/// A member that lacks more changes than this for the moment is behind.
const LAG_MAX: u64 = 10_000;
/// Clocks that differ by more than this, in milliseconds, confuse who reads logs and time stamps.
const CLOCK_DIFFERENCE_MAX_MS: u64 = 2_000;
/// Answers of the database beyond this time, in milliseconds, make logins slow.
const DATABASE_SLOW_MS: u64 = 500;
/// Fewer free files than this part of the limit is little.
const FREE_FILES_PART: u64 = 10;
/// Refusals older than this, in milliseconds, are history.
const REFUSAL_AGE_MAX_MS: u64 = 10 * 60 * 1000;
/// A limit below this is that of a desktop.
const FILES_LIMIT_MIN: u64 = 4096;

/// What the reports of the members say, worst first.
pub fn advise(cluster: &ClusterReport) -> Vec<Advice> {
    let mut found = Found(Vec::new());
    for member in &cluster.members {
        found.membership(member);
        if let Some(report) = &member.report {
            found.node(member, report);
            found.machine(member, report);
        }
    }
    found.between(cluster);
    found.0.sort_by_key(|advice| advice.severity);
    found.0
}

struct Found(Vec<Advice>);

impl Found {
    fn add(&mut self, severity: Severity, what: String, why: impl Into<String>, remedy: impl Into<String>) {
        self.0.push(Advice { severity, what, why: why.into(), remedy: remedy.into() });
    }

    fn membership(&mut self, member: &MemberReport) {
        if let Some(silence) = &member.silence {
            self.add(
                Severity::Warning,
                format!("{} does not say how it is", member.name),
                silence.clone(),
                "look at its log; a node of an older version does not know the question",
            );
        }
        let ahead = member.clock_ahead_ms.unsigned_abs();
        if ahead > CLOCK_DIFFERENCE_MAX_MS {
            let direction = if member.clock_ahead_ms > 0 { "ahead of" } else { "behind" };
            self.add(
                Severity::Warning,
                format!("the clock of {} is {:.1} s {direction} the clock of the node that was asked", member.name, seconds(ahead)),
                "the machines do not take their time from the same source",
                "run chrony or systemd-timesyncd on both; the cluster itself does not depend on it, time stamps of messages do",
            );
        }
    }

    fn side(&mut self, name: &str, report: &NodeReport) {
        if report.side.is_minority {
            let logins =
                if report.no_logins.is_empty() { "" } else { "; it takes no logins, as the settings say" };
            self.add(
                Severity::Error,
                format!(
                    "{name} is on the smaller side of a split: {} of {} members{logins}",
                    report.side.have, report.side.of
                ),
                "the other members were lost without a goodbye, so they may serve where this node cannot reach them, or \
                 those that the configuration demands have not come yet",
                "look at the network between the machines; both sides become one again within 10 s of its return",
            );
        }
    }

    fn node(&mut self, member: &MemberReport, report: &NodeReport) {
        let name = &member.name;
        if report.alone_since_ms.is_some() {
            let tried: Vec<String> =
                report.expected.iter().map(|(entry, reason)| format!("{entry}: {reason}")).collect();
            self.add(
                Severity::Error,
                format!("{name} expects other members and is alone"),
                if tried.is_empty() { "nobody answers".to_owned() } else { tried.join("; ") },
                "start the others, correct the entries of <tcp-ip>, or open the mesh port between the machines",
            );
        }
        self.side(name, report);
        for heard in report.hears.iter().filter(|heard| !heard.is_connected || heard.is_suspect) {
            let why = if heard.is_suspect {
                "nothing has been heard from it"
            } else {
                "the connection broke and is being made again"
            };
            self.add(
                Severity::Warning,
                format!("{name} does not hear {}", heard.name),
                why,
                "if it lasts: is the process stopped, the machine overloaded, or the mesh port blocked in one direction?",
            );
        }
        for heard in report.hears.iter().filter(|heard| heard.lag_changes > LAG_MAX) {
            self.add(
                Severity::Warning,
                format!("{} lacks {} changes of {name}", heard.name, heard.lag_changes),
                "it reads more slowly than sessions change, or it has just joined",
                "look at its load and at the network; logins wait up to half a second for members that are in touch",
            );
        }
        let is_recent = |at_ms: u64| report.now_ms.saturating_sub(at_ms) < REFUSAL_AGE_MAX_MS;
        for refused in report.refused.iter().filter(|refused| is_recent(refused.at_ms)).take(3) {
            self.add(
                Severity::Warning,
                format!("a connection was refused at {name}"),
                refused.reason.clone(),
                "make the two configurations agree, or keep the stranger away from the mesh port with a firewall",
            );
        }
        for finding in report.findings.iter().filter(|finding| finding.severity == "error") {
            self.add(
                // The node runs, and made the best of it.
                Severity::Note,
                format!("{name}, {}: {}", finding.place, finding.message),
                format!("rule {}", finding.rule),
                format!(
                    "`cobnut explain {}` says more, `cobnut lint --fix` corrects what is certain",
                    finding.rule
                ),
            );
        }
        if report.state != "serving" {
            self.add(
                Severity::Note,
                format!("{name} is {}", report.state),
                "an operator takes it out of service",
                "`cobnut cluster join` takes it back",
            );
        }
    }

    fn machine(&mut self, member: &MemberReport, report: &NodeReport) {
        let name = &member.name;
        match report.database.answers_in_ms {
            None => self.add(
                Severity::Error,
                format!("{name} cannot reach its database ({})", report.database.kind),
                report.database.error.clone(),
                "sessions go on, logins and offline messages wait; start the database or correct its address",
            ),
            Some(took) if took > DATABASE_SLOW_MS => self.add(
                Severity::Warning,
                format!("the database of {name} takes {took} ms for the simplest question"),
                "it is overloaded or far away",
                "look at the database server; every login asks it several times",
            ),
            Some(_) => {}
        }
        let files = report.files;
        if files.limit > 0 && files.limit.saturating_sub(files.open) < files.limit / FREE_FILES_PART {
            self.add(
                Severity::Error,
                format!("{name} has {} of {} files open", files.open, files.limit),
                "each client needs one; at the limit nobody can connect",
                "raise LimitNOFILE of the service (or ulimit -n) and restart it",
            );
        } else if files.limit > 0 && files.limit < FILES_LIMIT_MIN {
            self.add(
                Severity::Note,
                format!("{name} may open {} files", files.limit),
                "each client needs one",
                "for more clients than that raise LimitNOFILE of the service",
            );
        }
    }

    fn between(&mut self, cluster: &ClusterReport) {
        let mut versions: Vec<&str> = cluster.members.iter().map(|member| member.version.as_str()).collect();
        versions.sort_unstable();
        versions.dedup();
        if versions.len() > 1 {
            self.add(
                Severity::Note,
                format!("members run different versions: {}", versions.join(", ")),
                "an upgrade is under way, or one member was forgotten",
                "upgrade the rest; tools/rolling-restart.sh does it one by one",
            );
        }
        for one in &cluster.members {
            let Some(report) = &one.report else { continue };
            for other in cluster.members.iter().filter(|other| other.node_id != one.node_id) {
                if !report.hears.iter().any(|heard| heard.node_id == other.node_id) {
                    self.add(
                        Severity::Error,
                        format!("{} does not know {}, which another member does", one.name, other.name),
                        "the two cannot reach each other although others reach both, or one of them refuses the other",
                        "look at both logs and at the network between the two",
                    );
                }
            }
        }
    }
}

fn seconds(ms: u64) -> f64 {
    f64::from(u32::try_from(ms).unwrap_or(u32::MAX)) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{ConfigFinding, Database, Files, Heard, Refused, Side};

    fn member(number: u8) -> MemberReport {
        let name = format!("node{number}");
        MemberReport {
            node_id: number.to_string(),
            name: name.clone(),
            address: ([10, 0, 0, number], 5701).into(),
            joined_at_ms: u64::from(number),
            is_oldest: number == 1,
            is_self: number == 1,
            sessions: 0,
            version: "1.0".to_owned(),
            report: Some(NodeReport {
                node_id: number.to_string(),
                name,
                state: "serving".to_owned(),
                hears: (1..=2)
                    .filter(|other| *other != number)
                    .map(|other: u8| Heard {
                        node_id: other.to_string(),
                        name: format!("node{other}"),
                        is_connected: true,
                        ..Heard::default()
                    })
                    .collect(),
                database: Database { answers_in_ms: Some(1), ..Database::default() },
                files: Files { open: 20, limit: 65536 },
                ..NodeReport::default()
            }),
            silence: None,
            clock_ahead_ms: 0,
        }
    }

    fn advice_after(change: impl FnOnce(&mut Vec<MemberReport>)) -> Vec<(Severity, String)> {
        let mut members = vec![member(1), member(2)];
        change(&mut members);
        let cluster = ClusterReport { asked: "1".to_owned(), members };
        let found = advise(&cluster);
        assert!(found.iter().all(|advice| !advice.why.is_empty() && !advice.remedy.is_empty()), "{found:?}");
        found.into_iter().map(|advice| (advice.severity, advice.what)).collect()
    }

    fn changed(change: impl FnOnce(&mut NodeReport)) -> Vec<(Severity, String)> {
        advice_after(|members| change(members[1].report.as_mut().expect("report")))
    }

    #[test]
    fn a_healthy_cluster_needs_no_advice() {
        assert_eq!(advice_after(|_| {}), []);
    }

    fn be_cut_off(report: &mut NodeReport) {
        report.side = Side { is_minority: true, have: 1, of: 3 };
        report.no_logins = "too few".to_owned();
    }

    #[test]
    fn each_trouble_is_named_with_its_node() {
        type Case = (&'static str, Severity, Vec<(Severity, String)>);
        let cases: Vec<Case> = vec![
            ("alone", Severity::Error, changed(|report| report.alone_since_ms = Some(1))),
            ("1 of 3 members; it takes no logins", Severity::Error, changed(be_cut_off)),
            ("does not hear node1", Severity::Warning, changed(|report| report.hears[0].is_suspect = true)),
            ("lacks 20000", Severity::Warning, changed(|report| report.hears[0].lag_changes = 20_000)),
            (
                "refused at node2",
                Severity::Warning,
                changed(|report| {
                    report.refused = vec![Refused { reason: "why".to_owned(), ..Refused::default() }];
                }),
            ),
            (
                "a.xml:1:1: bad",
                Severity::Note,
                changed(|report| {
                    report.findings = vec![ConfigFinding {
                        severity: "error".to_owned(),
                        place: "a.xml:1:1".to_owned(),
                        message: "bad".to_owned(),
                        rule: "r".to_owned(),
                    }];
                }),
            ),
            ("is draining", Severity::Note, changed(|report| report.state = "draining".to_owned())),
            (
                "cannot reach its database",
                Severity::Error,
                changed(|report| {
                    report.database = Database { error: "away".to_owned(), ..Database::default() };
                }),
            ),
            ("takes 900 ms", Severity::Warning, changed(|report| report.database.answers_in_ms = Some(900))),
            (
                "1000 of 1024 files",
                Severity::Error,
                changed(|report| report.files = Files { open: 1000, limit: 1024 }),
            ),
            (
                "may open 1024",
                Severity::Note,
                changed(|report| report.files = Files { open: 10, limit: 1024 }),
            ),
            ("does not know node1", Severity::Error, changed(|report| report.hears.clear())),
            (
                "different versions: 1.0, 1.1",
                Severity::Note,
                advice_after(|members| members[1].version = "1.1".to_owned()),
            ),
            ("3.0 s behind", Severity::Warning, advice_after(|members| members[1].clock_ahead_ms = -3000)),
            (
                "node2 does not say",
                Severity::Warning,
                advice_after(|members| {
                    members[1].report = None;
                    members[1].silence = Some("silent".to_owned());
                }),
            ),
        ];
        for (expected, severity, found) in cases {
            assert_eq!(found.len(), 1, "{expected}: {found:?}");
            assert_eq!(found[0].0, severity, "{expected}: {found:?}");
            assert!(found[0].1.contains(expected), "{expected}: {found:?}");
        }
    }
}
