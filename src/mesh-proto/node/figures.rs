//! What an operator wants to know about the link to each member.

use super::Node;
use crate::Origin;
use crate::link::{WINDOW_BYTES, WINDOW_FRAMES};

/// The state of the link to one member at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkFigures {
    /// The member.
    pub member: Origin,
    /// Whether there is a connection now.
    pub is_connected: bool,
    /// Version of the wire format that the connection speaks.
    pub wire_version: Option<u8>,
    /// Whether it has been silent for the time of suspicion.
    pub is_suspect: bool,
    /// Payloads that wait for a connection or for room in the window.
    pub queued_payloads: usize,
    /// Bytes of those payloads.
    pub queued_bytes: usize,
    /// Payloads that were handed to the connection and are not confirmed.
    pub unconfirmed_payloads: usize,
    /// Bytes of those payloads.
    pub unconfirmed_bytes: usize,
    /// Part of the window in use, from 0 to 1.
    pub window_used: f64,
    /// Changes of this node's log that it has not applied, as last reported.
    pub lag: u64,
    /// Version of its log that is applied here.
    pub applied: u64,
}

impl Node {
    /// Members that are heard and take nothing of what they are sent.
    pub fn stuck_members(&self) -> usize {
        self.peers.values().filter(|peer| peer.taking.is_stuck).count()
    }

    /// The link to each member, in the order of node ids.
    pub fn link_figures(&self) -> Vec<LinkFigures> {
        let version = self.version();
        let figures = self.peers.iter().map(|(&member, peer)| {
            let load = peer.send.load();
            let conn = peer.attached.as_ref().and_then(|attached| self.conns.get(&attached.conn));
            let part = |used: usize, window: usize| ratio(used, window);
            LinkFigures {
                member,
                is_connected: peer.attached.is_some(),
                wire_version: conn.map(|conn| conn.version),
                is_suspect: peer.member.is_suspect,
                queued_payloads: load.queued_payloads,
                queued_bytes: load.queued_bytes,
                unconfirmed_payloads: load.sent_payloads,
                unconfirmed_bytes: load.sent_bytes,
                window_used: part(load.sent_payloads, WINDOW_FRAMES).max(part(load.sent_bytes, WINDOW_BYTES)),
                lag: version.saturating_sub(peer.holds),
                applied: peer.reader.applied(),
            }
        });
        figures.collect()
    }
}

fn ratio(used: usize, window: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    (number(used) / number(window.max(1))).min(1.0)
}
