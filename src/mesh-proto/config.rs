//! What a node is told at its start.

use std::net::SocketAddr;

use crate::{Detection, Origin};

/// One entry of the member list: a host name or IP address, and the ports to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Host name or IP address text, as the file writes it.
    pub host: String,
    /// Ports to try, in order.
    pub ports: Vec<u16>,
}

impl Candidate {
    /// The entry as an operator recognises it: with the port when there is just one and the host has no colon itself.
    pub fn text(&self) -> String {
        match self.ports.as_slice() {
            [port] if !self.host.contains(':') => format!("{}:{port}", self.host),
            _ => self.host.clone(),
        }
    }
}

/// Rules of membership that have a usual value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MembershipRules {
    /// How silence is judged.
    pub detection: Detection,
    /// Members without which this node stands in the minority, itself included; 0 demands none. Hazelcast's
    /// `minimum-cluster-size`.
    pub members_min: usize,
    /// Whether this node is a lite member.
    pub is_lite: bool,
    /// What the operator does to give this node another id, for the sentence about two nodes with one id; may be empty.
    pub id_remedy: String,
    /// Settings by name that have to be equal on all members that name them; an empty text stands for "not set".
    pub settings: Vec<(String, String)>,
}

/// Everything that a [`crate::Node`] does not decide itself.
#[derive(Clone)]
pub struct Config {
    /// This run of this node.
    pub origin: Origin,
    /// Host name, for the operator.
    pub name: String,
    /// Product version, for the operator.
    pub product: String,
    /// Must be equal on all members.
    pub cluster_name: String,
    /// XMPP domain; must be equal on all members.
    pub domain: String,
    /// Names the shared database; must be equal on all members.
    pub database_id: [u8; 16],
    /// Proves access to the shared database.
    pub secret: [u8; 32],
    /// Where other members dial this node. An unspecified IP means "where I come from".
    pub address: SocketAddr,
    /// Whom to dial.
    pub candidates: Vec<Candidate>,
    /// Wall-clock start in milliseconds since 1970: the place in the member list of a node that founds a cluster.
    pub joined_at: u64,
    /// Time between heartbeats in milliseconds.
    pub heartbeat_interval_ms: u64,
    /// Silence after which a member is suspected, in milliseconds.
    pub suspect_after_ms: u64,
    /// Silence after which a member is dead, in milliseconds.
    pub dead_after_ms: u64,
    /// Time without any member after which a node that expects some calls itself alone, in milliseconds.
    pub alone_after_ms: u64,
    /// Wire versions that this node speaks, lowest and highest.
    pub wire_versions: (u8, u8),
    /// Deleted entries that the own log remembers before late readers need a snapshot.
    pub tombstones_max: usize,
    /// Rules of membership beyond the times above.
    pub rules: MembershipRules,
    /// Randomness for nonces and jitter, from the system in production.
    pub seed: [u8; 32],
}

impl Config {
    /// The range of wire versions that this build speaks: its own and those before.
    pub const WIRE_VERSIONS: (u8, u8) = (1, 3);
}
