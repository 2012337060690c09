//! Orders and how they fail.

use serde::{Deserialize, Serialize};

use crate::report::NodeReport;

/// What a node can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum Order {
    /// Say how it is.
    Report,
    /// Send its clients to other members, then leave the cluster.
    Drain {
        /// Time for the clients to go, in milliseconds.
        patience_ms: u64,
        /// Whether the process ends afterwards.
        stops: bool,
    },
    /// Leave the cluster and stay out, also after a restart, until it is told to come back.
    Leave,
    /// Take clients again, and join the cluster again.
    Serve,
}

/// What a node answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// It does what it was told.
    Accepted,
    /// It does not, and why.
    Refused { reason: String },
    /// How it is.
    Report { report: Box<NodeReport> },
}

/// Why an order was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// No member of that name, id or address.
    #[error("no member is called {0}; `cobnut cluster members` lists them")]
    NoSuchMember(String),
    /// More than one member has the name.
    #[error("more than one member is called {0}; name one by its address or id")]
    Ambiguous(String),
    /// The member could not be asked.
    #[error("ask the member: {0}")]
    Unreachable(String),
    /// The member does not do it.
    #[error("the member refuses: {0}")]
    Refused(String),
}
