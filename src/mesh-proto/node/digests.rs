//! Finding out that a copy of a member's entries is not what the member has, and repairing it.
//!
//! The owner says at every heartbeat what its entries amount to, in order behind the change that they are at: so both
//! ends compare the same version, and there is no false alarm. The driver compares, because it holds the copy.

use super::Node;
use crate::wire::{DIGESTS_SINCE, Digest, Frame};
use crate::{ConnId, Origin, Output, Tally};

impl Node {
    /// The copy of a member's entries does not amount to what [`Output::Digest`] said. The member sends all of them
    /// again, between [`Output::SnapshotBegin`] and [`Output::SnapshotEnd`].
    pub fn handle_divergence(&mut self, origin: Origin) {
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        if peer.reader.begin_repair() {
            self.counters.divergences += 1;
            self.ask_for_repair(origin);
        }
    }

    /// What the own entries of a map amount to.
    pub fn own_tally(&self, map: u16) -> Tally {
        self.log.tally(map)
    }

    pub(super) fn ask_for_repair(&mut self, origin: Origin) {
        if mutated!(DivergenceIgnored) {
            return;
        }
        let Some(attached) = self.peers.get(&origin).and_then(|peer| peer.attached) else { return };
        let version = self.conns.get(&attached.conn).map_or(0, |conn| conn.version);
        if version >= DIGESTS_SINCE {
            self.queue(attached.conn, &Frame::Repair);
        }
    }

    pub(super) fn on_digest(&mut self, origin: Origin, digest: Digest) {
        let Some(peer) = self.peers.get(&origin) else { return };
        if peer.reader.can_compare(digest.version) {
            self.outputs.push_back(Output::Digest { origin, maps: digest.maps });
        }
    }

    pub(super) fn on_repair(&mut self, origin: Origin, id: ConnId) {
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        peer.feed.restart(&self.log);
        self.wake(id);
    }
}
