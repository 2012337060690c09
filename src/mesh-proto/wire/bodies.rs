//! Bodies of the frames, wire version 1. Fields are only ever added in a new version.

use std::net::SocketAddr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Origin, Tally};

/// Dialler's first word: nothing that a stranger could use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) magic: [u8; 4],
    pub(crate) lowest: u8,
    pub(crate) highest: u8,
    pub(crate) nonce: [u8; 32],
}

/// Acceptor's answer: the version to speak and what to prove the secret on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Challenge {
    pub(crate) version: u8,
    pub(crate) nonce: [u8; 32],
}

/// Who a node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) origin: Origin,
    /// Counts the handshakes of this run: tells which of two connections is the newer one.
    pub(crate) stamp: u64,
    pub(crate) cluster_name: String,
    pub(crate) domain: String,
    pub(crate) database_id: [u8; 16],
    pub(crate) name: String,
    pub(crate) product: String,
    pub(crate) address: SocketAddr,
    pub(crate) joined_at: u64,
    /// The latest `joined_at` of all members that this node knows.
    pub(crate) latest_joined_at: u64,
    pub(crate) uptime_ms: u64,
    /// Whether the node has had a member since its start.
    pub(crate) is_settled: bool,
    /// Travels behind the proof, since version 2.
    #[serde(skip)]
    pub(crate) terms: Terms,
}

/// What else a node says about itself. Since version 2; follows the body of [`Identify`] and [`Welcome`] and is proven
/// together with the card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) is_lite: bool,
    /// Settings that must be equal on all members, by name.
    pub(crate) settings: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identify {
    pub(crate) card: Card,
    pub(crate) proof: [u8; 32],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Welcome {
    pub(crate) card: Card,
    pub(crate) proof: [u8; 32],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refuse {
    pub(crate) code: u8,
    /// Empty towards a peer that has not proven the secret.
    pub(crate) detail: String,
    /// Who refuses, when the peer may know.
    pub(crate) origin: Option<Origin>,
}

/// First frame of both sides on a proven connection: where each stream stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Resume {
    /// Id of the sender's stream of payloads and the number of its first unconfirmed one.
    pub(crate) stream: u64,
    pub(crate) base: u64,
    /// What the sender holds of the receiver's stream.
    pub(crate) received: Option<Received>,
    /// Version of the receiver's log that the sender has applied.
    pub(crate) applied: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Received {
    pub(crate) stream: u64,
    pub(crate) number: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Heartbeat {
    pub(crate) joined_at: u64,
    /// Version of the receiver's log that the sender has applied.
    pub(crate) applied: u64,
    pub(crate) memory_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Members {
    pub(crate) known: Vec<Known>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) origin: Origin,
    pub(crate) address: SocketAddr,
}

/// Whom a node hears, and whom it cannot reach although others hear it. Since version 2; said on each new connection,
/// whenever it changes, and since version 3 repeated to a member that does not hear somebody in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct View {
    pub(crate) hears: Vec<Seen>,
    pub(crate) cannot_reach: Vec<Origin>,
    /// Milliseconds since each of those in `hears` was heard last, in their order. Behind the body, since version 3;
    /// empty from others.
    #[serde(skip)]
    pub(crate) ages_ms: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) origin: Origin,
    pub(crate) joined_at: u64,
    pub(crate) address: SocketAddr,
}

/// A goodbye because two nodes cannot reach each other. Since version 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Which two, for the operator.
    pub(crate) detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Data {
    pub(crate) number: u64,
    pub(crate) payload: Bytes,
}

/// Changes of the sender's log after version `after` up to `version`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Changes {
    pub(crate) after: u64,
    pub(crate) version: u64,
    pub(crate) entries: Vec<Change>,
}

/// What the sender's entries amount to at a version of its log; comes right behind that version. Since version 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Digest {
    pub(crate) version: u64,
    /// Map number and tally; maps without entries are left out.
    pub(crate) maps: Vec<(u16, Tally)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) map: u16,
    pub(crate) key: Bytes,
    pub(crate) value: Option<Bytes>,
}
