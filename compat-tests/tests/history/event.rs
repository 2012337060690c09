//! What is recorded: who did or saw what, and when.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;

/// Milliseconds since the recording began.
pub(crate) type Millis = u64;

/// One attempt of one client to have a session; numbered over the whole record.
pub(crate) type SessionId = u64;

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum Outcome {
    /// The server did it.
    Ok,
    /// The server refused, so it did not happen.
    Fail(String),
    /// Nobody knows whether it happened.
    Unknown(String),
}

/// One row of a lookup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    /// Full JID.
    pub(crate) jid: String,
    /// The node that is said to hold it; `None` is an id that no node has.
    pub(crate) holder: Option<usize>,
    /// The status text, `SESSION.SERIAL` of [`What::Status`], if presence was sent.
    pub(crate) status: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum What {
    /// A client logged in on a node.
    Bind { session: SessionId, node: usize, jid: String, outcome: Outcome },
    /// It changed its presence and waited for an answer to what it sent next.
    Status { session: SessionId, serial: u32, outcome: Outcome },
    /// It wrote to a full JID and waited for an answer to what it sent next.
    Send { session: SessionId, to: String, message: u64, outcome: Outcome },
    /// It closed its stream.
    Unbind { session: SessionId, outcome: Outcome },
    /// It found its stream ended, or gave up.
    Lost { session: SessionId, why: String },
    /// A message arrived.
    Received { session: SessionId, message: u64 },
    /// A message came back as an error.
    Returned { session: SessionId, message: u64 },
    /// A node was asked for all sessions; `None` when it did not answer. `run` counts the starts of the node.
    Lookup { node: usize, run: u32, rows: Option<Vec<Row>> },
    /// Something was broken from the beginning to the end of the event.
    Fault { name: String, nodes: Vec<usize>, may_remove: bool },
}

/// One line of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Event {
    /// When it was begun.
    pub(crate) from: Millis,
    /// When its end was known; for faults of nodes, when it was over.
    pub(crate) to: Millis,
    /// What it was.
    pub(crate) what: What,
}

/// Takes events of all threads.
#[derive(Debug)]
pub(crate) struct Recorder {
    started: Instant,
    events: Mutex<Vec<Event>>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), events: Mutex::default() }
    }

    pub(crate) fn now(&self) -> Millis {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Records what was begun at `from` and is over now.
    pub(crate) fn record(&self, from: Millis, what: What) {
        let event = Event { from, to: self.now(), what };
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// Everything so far, in the order of beginnings.
    pub(crate) fn history(&self) -> Vec<Event> {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner).clone();
        events.sort_by_key(|event| event.from);
        events
    }
}
