//! What goes onto a connection next: urgent frames, confirmations, changes of the map, payloads.

use bytes::BytesMut;

use super::{DigestTurn, Node, Stage};
use crate::wire::{self, DIGESTS_SINCE, Data, Frame};
use crate::{ConnId, Origin};

impl Node {
    /// Appends about `budget` bytes for a connection to `out`. Returns whether it gave anything; if not,
    /// [`crate::Output::Wake`] says when to ask again.
    pub fn poll_transmit(&mut self, id: ConnId, out: &mut BytesMut, budget: usize) -> bool {
        let Some(conn) = self.conns.get_mut(&id) else { return false };
        let before = out.len();
        if out.is_empty() {
            std::mem::swap(out, &mut conn.urgent);
        } else {
            out.extend_from_slice(&conn.urgent);
            conn.urgent.clear();
        }
        if let Stage::Linked(origin) = conn.stage {
            let version = conn.version;
            self.fill(origin, version, out, budget);
        }
        let written = out.len() - before;
        self.counters.bytes_sent += written as u64;
        if written == 0
            && let Some(conn) = self.conns.get_mut(&id)
        {
            conn.is_awake = false;
        }
        written > 0
    }

    fn fill(&mut self, origin: Origin, version: u8, out: &mut BytesMut, budget: usize) {
        if let Some(peer) = self.peers.get(&origin).filter(|peer| peer.is_applied_due) {
            wire::encode(&Frame::Heartbeat(self.heartbeat_to(peer)), version, out);
            self.counters.frames_sent += 1;
        }
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        peer.is_applied_due = false;
        if !peer.attached.is_some_and(|attached| attached.is_resumed) {
            return;
        }
        let mut frames = 0;
        let (counters, compressor) = (&mut self.counters, &mut self.compressor);
        let mut put = |frame: &Frame, out: &mut BytesMut| {
            let size = compressor.encode(frame, version, out);
            frames += 1;
            if size.is_compressed() {
                counters.compressed_from_bytes += size.plain as u64;
                counters.compressed_to_bytes += size.written as u64;
            }
            size.plain
        };
        if let Some(stream) = self.streams.get(&origin).filter(|_| std::mem::take(&mut peer.is_ack_due)) {
            let number = if mutated!(AckBeforeAccept) { stream.received } else { stream.accepted };
            put(&Frame::Ack(number), out);
        }
        // Changes get half of the room: a snapshot does not hold up payloads, and payloads do not hold up the map. They
        // count as they are before compression, which bounds the work for one batch on both ends.
        let mut room = budget / 2;
        while room > 0 {
            let Some(frame) = peer.feed.next(&self.log, room) else { break };
            room = room.saturating_sub(put(&frame, out));
        }
        // Only here does the reader have exactly what the tallies say: at any later time there may be newer changes.
        if peer.digest == DigestTurn::Due && version >= DIGESTS_SINCE && peer.feed.is_at_end(&self.log) {
            peer.digest = DigestTurn::Told;
            put(&Frame::Digest(self.log.digest()), out);
        }
        let end = out.len() + room + budget / 2;
        while out.len() < end {
            let Some((number, payload)) = peer.send.next() else { break };
            put(&Frame::Data(Data { number, payload }), out);
        }
        self.counters.frames_sent += frames;
    }
}
