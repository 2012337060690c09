//! The maps of the product besides the client sessions.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::kind::Replicated;
use super::numbers::MapNumber;

/// What each node says about itself, by node id. See [`crate::Cluster::describe_node`].
#[derive(Debug)]
pub struct NodeRecords;

impl Replicated for NodeRecords {
    const NUMBER: MapNumber = MapNumber::NODES;
    type Key = [u8; 16];
    type Value = NodeRecord;
}

/// What a node says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NodeRecord {
    /// Product version.
    pub version: String,
    /// When the process started, in milliseconds since 1970.
    pub started_at_ms: u64,
    /// Hazelcast's lite member: a full member that carries no sessions and no homes.
    pub is_lite: bool,
    /// Its clients are being moved to other members; it takes no new ones and gives its homes away.
    pub is_draining: bool,
    /// Where it serves what.
    pub listeners: Vec<Listener>,
    /// Sessions that it held when the record was made; refreshed every few seconds at most.
    pub sessions: u64,
    /// Load average of the last minute in percent of its processors.
    pub load_percent: u32,
    /// Names the set of members that it sees and which of them may be homes; who takes over a home compares them.
    pub view: u64,
    /// Whether it has met others since it started, or has waited for them in vain.
    pub is_settled: bool,
    /// How often it became a candidate for homes or ceased to be one.
    pub turns: u64,
}

impl NodeRecord {
    /// Whether it may be the home of something.
    pub fn is_candidate(&self) -> bool {
        self.is_settled && !self.is_lite && !self.is_draining
    }
}

/// One listening socket of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// What is served there: `mesh`, `c2s`, `c2s-tls`, `console`, …
    pub service: String,
    /// Where.
    pub address: SocketAddr,
}

/// External components (XEP-0114) by domain, each held by the member that it is connected to. Several connections of one
/// domain share the work.
#[derive(Debug)]
pub struct Components;

impl Replicated for Components {
    const NUMBER: MapNumber = MapNumber::COMPONENTS;
    type Key = String;
    type Value = ComponentRecord;
}

/// A connected component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentRecord {
    /// What the operator named it.
    pub name: String,
    /// Where it connects from.
    pub remote: SocketAddr,
    /// Features that its domain announces (XEP-0030).
    pub features: Vec<String>,
}
