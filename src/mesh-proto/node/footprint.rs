//! What a node holds in memory, to be compared with what it has reason to hold.

use super::Node;

/// Sizes of everything in a node that could grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// TCP connections, dialled, accepted and closing.
    pub connections: usize,
    /// Deadlines.
    pub timers: usize,
    /// Streams of payloads of members and of former ones.
    pub streams: usize,
    /// Addresses that are dialled.
    pub addresses: usize,
    /// Changes in the own log, deletions included.
    pub log_changes: usize,
    /// Outputs that the driver has not taken.
    pub outputs: usize,
    /// Bytes of urgent frames that wait for their connections.
    pub urgent_bytes: usize,
}

impl Node {
    /// What this node holds now.
    pub fn footprint(&self) -> Footprint {
        Footprint {
            connections: self.conns.len(),
            timers: self.timers.len(),
            streams: self.streams.len(),
            addresses: self.book.len(),
            log_changes: self.log.changes(),
            outputs: self.outputs.len(),
            urgent_bytes: self.conns.values().map(|conn| conn.urgent.len()).sum(),
        }
    }
}
