//! Frames of proven connections.

use super::{Attached, Node, Peer, Taking};
use crate::link::{Receipt, ReceiveStream, StreamId};
use crate::replication::Feed;
use crate::timers::Timer;
use crate::wire::{Changes, Data, Frame, Heartbeat, Members, Received, Resume};
use crate::{ConnId, LeaveReason, Origin, Output, Timestamp};

/// Connections in a row on which a member may fail to say where its streams stand. Then it is removed, and joins with
/// new streams.
const RESUMES_FAILED_MAX: u8 = 3;

/// A member that is heard and takes nothing for this time is reported to the operator, in milliseconds.
const STUCK_AFTER_MS: u64 = 10_000;

impl Node {
    pub(super) fn handle_link_frame(
        &mut self,
        now: Timestamp,
        origin: Origin,
        id: ConnId,
        frame: Frame,
    ) -> Result<(), String> {
        if !(mutated!(HeartbeatNotCounted) && matches!(frame, Frame::Heartbeat(_))) {
            self.heard(now, origin);
        }
        match frame {
            Frame::Resume(resume) => {
                self.on_resume(now, origin, id, &resume);
                Ok(())
            }
            Frame::Bye => {
                self.taken_back(origin);
                self.remove_member(now, origin, LeaveReason::Left);
                Ok(())
            }
            Frame::Heartbeat(heartbeat) => {
                self.on_heartbeat(origin, &heartbeat);
                Ok(())
            }
            Frame::Members(members) => {
                self.on_members(now, members);
                Ok(())
            }
            // Of two crossed connections the dialler took one while the acceptor took the other.
            Frame::Refuse(refuse) => {
                self.refused(now, id, refuse);
                Ok(())
            }
            Frame::View(view) => {
                self.on_view(now, origin, view);
                Ok(())
            }
            Frame::Part(part) => {
                self.taken_back(origin);
                self.on_part(now, origin, &part);
                Ok(())
            }
            _ if !self.is_resumed(origin) => Err("data before the state of the streams".to_owned()),
            Frame::Data(data) => self.on_data(origin, data),
            Frame::Ack(number) => self.on_ack(origin, number),
            Frame::Changes(changes) => self.on_changes(origin, changes),
            Frame::SnapshotBegin => {
                self.reader_of(origin).into_iter().for_each(|peer| peer.reader.begin_snapshot());
                self.outputs.push_back(Output::SnapshotBegin(origin));
                Ok(())
            }
            Frame::SnapshotEnd(version) => self.on_snapshot_end(origin, version),
            Frame::Digest(digest) => {
                self.on_digest(origin, digest);
                Ok(())
            }
            Frame::Repair => {
                self.on_repair(origin, id);
                Ok(())
            }
            Frame::Hello(_)
            | Frame::Challenge(_)
            | Frame::Identify(_)
            | Frame::Welcome(_)
            | Frame::Confirm => Err("a frame of the hello after the hello".to_owned()),
        }
    }

    /// Something came from a member.
    pub(super) fn heard(&mut self, now: Timestamp, origin: Origin) {
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        peer.detector.heard(now);
        if peer.member.is_suspect && !mutated!(SuspicionStays) {
            peer.member.is_suspect = false;
            self.outputs.push_back(Output::Suspected { member: origin, is_suspect: false });
        }
    }

    /// Notices a member that is heard and takes nothing of what it is sent, and the end of that.
    pub(super) fn watch_taking(&mut self, now: Timestamp, origin: Origin) {
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        let unconfirmed = peer.send.len();
        let taking = &mut peer.taking;
        let was_stuck = taking.is_stuck;
        let has_taken = unconfirmed == 0 || peer.send.base() != taking.base;
        if has_taken || !peer.attached.is_some_and(|attached| attached.is_resumed) {
            *taking = Taking { base: peer.send.base(), since: now, is_stuck: taking.is_stuck && !has_taken };
        } else if now.since(taking.since) >= STUCK_AFTER_MS {
            taking.is_stuck = true;
        }
        let is_stuck = taking.is_stuck;
        if is_stuck != was_stuck {
            self.outputs.push_back(Output::Stuck { member: origin, is_stuck, unconfirmed });
        }
    }

    /// The first frame of a new connection of a link.
    pub(super) fn send_resume(&mut self, origin: Origin, id: ConnId) {
        let received =
            self.streams.get(&origin).map(|stream| Received { stream: stream.id, number: stream.received });
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        let resume = Resume {
            stream: peer.send.id,
            base: peer.send.base(),
            received,
            applied: peer.reader.resume_from(),
        };
        peer.is_ack_due = true;
        let is_repairing = peer.reader.is_repairing();
        self.queue(id, &Frame::Resume(resume));
        if is_repairing {
            self.ask_for_repair(origin);
        }
    }

    fn is_resumed(&self, origin: Origin) -> bool {
        self.peers
            .get(&origin)
            .and_then(|peer| peer.attached)
            .is_some_and(|attached: Attached| attached.is_resumed)
    }

    fn reader_of(&mut self, origin: Origin) -> Option<&mut Peer> {
        self.peers.get_mut(&origin)
    }

    /// A member has not said in time where its streams stand: nothing passes on such a connection.
    pub(super) fn resume_too_slow(&mut self, now: Timestamp, origin: Origin, id: ConnId) {
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        if peer.attached.is_none_or(|attached| attached.conn != id || attached.is_resumed) {
            return;
        }
        peer.resumes_failed += 1;
        if peer.resumes_failed >= RESUMES_FAILED_MAX {
            return self.remove_member(now, origin, LeaveReason::Unresumable);
        }
        self.drop_conn(now, id, Some("it did not say where its streams stand".to_owned()));
    }

    fn on_resume(&mut self, now: Timestamp, origin: Origin, id: ConnId, resume: &Resume) {
        if self.streams.get(&origin).is_some_and(|held| held.id != resume.stream) {
            self.taken_back(origin);
        }
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        if self.streams.get(&origin).is_none_or(|held| held.id != resume.stream) {
            let former = self.streams.insert(origin, ReceiveStream::new(resume.stream, resume.base));
            // A stream lasts as long as the membership at its sender. One that was lost before it said anything leaves
            // no stream to compare.
            if (former.is_some() || peer.was_broken) && !mutated!(ForgottenByNotTold) {
                self.outputs.push_back(Output::ForgottenBy(origin));
            }
        }
        // A sender that does not hold any more what is lacking here was told that it arrived: by this machine, before it
        // was restored from a snapshot. That is in safe hands, as far as it goes.
        let held = self.streams.get_mut(&origin).filter(|held| resume.base > held.received + 1);
        if let Some(held) = held {
            *held = ReceiveStream::new(resume.stream, resume.base);
        }
        let ours = resume.received.filter(|received| received.stream == peer.send.id);
        if peer.send.rewind(ours.map(|received| received.number)).is_err() {
            // It has more than was sent: one of the two was restored from a snapshot. The streams can never agree.
            self.remove_member(now, origin, LeaveReason::Unresumable);
            return;
        }
        peer.resumes_failed = 0;
        self.timers.cancel(Timer::Handshake(id));
        peer.feed = Feed::start(resume.applied, &self.log);
        peer.holds = resume.applied;
        if let Some(attached) = &mut peer.attached {
            attached.is_resumed = true;
        }
        self.wake(id);
    }

    /// A member has removed this node, or leaves: it has back what was not confirmed to it.
    fn taken_back(&mut self, origin: Origin) {
        if let Some(stream) = self.streams.get(&origin).filter(|_| !mutated!(TakenBackNotTold)) {
            self.outputs.push_back(Output::TakenBack(StreamId { from: origin, number: stream.id }));
        }
    }

    fn on_heartbeat(&mut self, origin: Origin, heartbeat: &Heartbeat) {
        let version = self.log.version();
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        peer.member.memory_bytes = heartbeat.memory_bytes;
        peer.member.lag = version.saturating_sub(heartbeat.applied);
        peer.holds = if mutated!(HeldTooEarly) { version } else { heartbeat.applied };
        if heartbeat.joined_at != peer.member.joined_at && !mutated!(PlaceNotUpdated) {
            peer.member.joined_at = heartbeat.joined_at;
            self.roster.moved(origin.node, heartbeat.joined_at);
            self.outputs.push_back(Output::MembersChanged);
        }
    }

    fn on_members(&mut self, now: Timestamp, members: Members) {
        for known in members.known {
            if known.origin.node == self.config.origin.node {
                continue;
            }
            self.book.learn(known.address, now);
            if self.peers.contains_key(&known.origin) {
                self.book.answered(known.address, known.origin);
            }
        }
        self.schedule_dials(now);
    }

    fn on_data(&mut self, origin: Origin, data: Data) -> Result<(), String> {
        let Some(stream) = self.streams.get_mut(&origin) else { return Ok(()) };
        if stream.take(data.number).map_err(|err| err.to_string())? {
            let receipt = Receipt { from: origin, stream: stream.id, number: data.number };
            self.outputs.push_back(Output::Deliver { from: origin, receipt, payload: data.payload });
        } else {
            self.counters.duplicates_dropped += 1;
        }
        Ok(())
    }

    fn on_ack(&mut self, origin: Origin, number: u64) -> Result<(), String> {
        let Some(peer) = self.peers.get_mut(&origin) else { return Ok(()) };
        let cost = peer.send.confirm(number).map_err(|err| err.to_string())?;
        let waiting = peer.attached.filter(|_| peer.send.has_sendable());
        if cost > 0 {
            self.outputs.push_back(Output::Confirmed { to: origin, cost });
        }
        if let Some(attached) = waiting {
            self.wake(attached.conn);
        }
        Ok(())
    }

    fn on_changes(&mut self, origin: Origin, changes: Changes) -> Result<(), String> {
        let Some(peer) = self.peers.get_mut(&origin) else { return Ok(()) };
        peer.reader.apply(&changes).map_err(|err| err.to_string())?;
        for change in changes.entries {
            let (map, key, value) = (change.map, change.key, change.value);
            self.outputs.push_back(Output::Entry { origin, map, key, value });
        }
        self.applied_more(origin);
        Ok(())
    }

    fn on_snapshot_end(&mut self, origin: Origin, version: u64) -> Result<(), String> {
        let Some(peer) = self.peers.get_mut(&origin) else { return Ok(()) };
        peer.reader.end_snapshot(version).map_err(|err| err.to_string())?;
        self.counters.snapshots_received += 1;
        if !mutated!(SnapshotEndNotTold) {
            self.outputs.push_back(Output::SnapshotEnd(origin));
        }
        self.applied_more(origin);
        Ok(())
    }
}
