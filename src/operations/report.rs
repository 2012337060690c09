//! How a node is, and how a cluster is as one node sees it.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// What a node says about itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeReport {
    /// Stable id.
    pub node_id: String,
    /// Host name.
    pub name: String,
    /// Product version.
    pub version: String,
    /// Served domain.
    pub domain: String,
    /// Whether clustering is on.
    pub is_clustered: bool,
    /// Where the mesh port is bound.
    pub address: Option<SocketAddr>,
    /// `serving`, `draining` or `drained`.
    pub state: String,
    /// Its wall clock in milliseconds since 1970.
    pub now_ms: u64,
    /// When the process started, in milliseconds since 1970.
    pub started_at_ms: u64,
    /// Client sessions that it holds.
    pub sessions: usize,
    /// Sessions of the whole cluster as it sees them.
    pub sessions_known: usize,
    /// How links between members are protected.
    pub links: String,
    /// Which side of a split it is on.
    pub side: Side,
    /// Why it takes no logins because of its place in the cluster; empty when it does.
    pub no_logins: String,
    /// Since when it expects members and has none, and what became of each entry.
    pub alone_since_ms: Option<u64>,
    /// Whom it expects, with what happened.
    pub expected: Vec<(String, String)>,
    /// Latest refused connections.
    pub refused: Vec<Refused>,
    /// Whom it hears.
    pub hears: Vec<Heard>,
    /// Where it listens.
    pub ports: Vec<Port>,
    /// Its database.
    pub database: Database,
    /// Open files.
    pub files: Files,
    /// What the linter says about its configuration.
    pub findings: Vec<ConfigFinding>,
    /// What happened, newest first.
    pub journal: Vec<Happening>,
}

/// Which side of a split a node is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Side {
    /// Whether it is the smaller one.
    pub is_minority: bool,
    /// Members in touch; 0 on the larger side.
    pub have: usize,
    /// Members that there should be; 0 on the larger side.
    pub of: usize,
}

/// A refused connection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Refused {
    /// The other end.
    pub peer: String,
    /// Why.
    pub reason: String,
    /// When last.
    pub at_ms: u64,
}

/// The link to a member.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Heard {
    /// Id of the member.
    pub node_id: String,
    /// Its name.
    pub name: String,
    /// Whether there is a connection.
    pub is_connected: bool,
    /// Whether it has been silent for the time of suspicion.
    pub is_suspect: bool,
    /// Changes that it has not applied.
    pub lag_changes: u64,
    /// Payloads that it has not confirmed.
    pub unconfirmed_payloads: usize,
    /// Bytes of those.
    pub unconfirmed_bytes: usize,
    /// Part of the window in use, from 0 to 1.
    pub window_used: f64,
}

/// A listening socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// What is served there.
    pub service: String,
    /// Where.
    pub address: SocketAddr,
}

/// The database of a node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Database {
    /// `SQLite`, `MySQL`, `PostgreSQL`.
    pub kind: String,
    /// How long a question took, in milliseconds; absent when it did not answer.
    pub answers_in_ms: Option<u64>,
    /// What went wrong.
    pub error: String,
}

/// Open files of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Files {
    /// How many are open; 0 where the system does not say.
    pub open: u64,
    /// How many may be; 0 where the system does not say.
    pub limit: u64,
}

/// A finding of the linter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfigFinding {
    /// `error`, `warning` or `info`.
    pub severity: String,
    /// Name of the rule.
    pub rule: String,
    /// File, line and column.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

/// An entry of a node's journal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Happening {
    /// When, by the clock of that node.
    pub at_ms: u64,
    /// A short name of what happened.
    pub kind: String,
    /// About whom.
    pub subject: String,
    /// Why or how much.
    pub text: String,
    /// Whether an operator should look at it.
    pub is_trouble: bool,
}

/// The cluster as one node sees it, with what each member says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ClusterReport {
    /// Id of the node that was asked.
    pub asked: String,
    /// The members, oldest first.
    pub members: Vec<MemberReport>,
}

/// One member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberReport {
    /// Stable id.
    pub node_id: String,
    /// Host name.
    pub name: String,
    /// Where other members dial it.
    pub address: SocketAddr,
    /// Its place: milliseconds since 1970.
    pub joined_at_ms: u64,
    /// Whether it is the oldest.
    pub is_oldest: bool,
    /// Whether it is the node that was asked.
    pub is_self: bool,
    /// Sessions on it, as the asked node knows.
    pub sessions: usize,
    /// Product version.
    pub version: String,
    /// What it says; absent when it did not answer.
    pub report: Option<NodeReport>,
    /// Why it did not answer.
    pub silence: Option<String>,
    /// How far its clock is ahead of the asked node's, in milliseconds, as well as one question can tell.
    pub clock_ahead_ms: i64,
}
