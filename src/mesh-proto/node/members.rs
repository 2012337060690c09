//! Members come, fall silent, break their links and go.

use cobnut_model::limits::MEMBERS_MAX;

use super::reach::HeldView;
use super::{Attached, DigestTurn, Node, Peer, Presence, Stage, Taking};
use crate::failure_detector::{Detector, Verdict};
use crate::link::SendStream;
use crate::membership::{Member, Seniority, adjusted};
use crate::replication::{Feed, Reader};
use crate::timers::Timer;
use crate::wire::{Card, Frame, Known, Members};
use crate::{ConnId, LeaveReason, Origin, Output, RefusalCode, Timestamp};

/// Streams of former members that are remembered.
const FORMER_STREAMS_MAX: usize = 4 * MEMBERS_MAX;

impl Node {
    /// Gives a proven connection to its link; the peer becomes a member unless it is one.
    pub(super) fn attach(
        &mut self,
        now: Timestamp,
        id: ConnId,
        mine: Card,
        theirs: Card,
        is_ours: bool,
    ) -> Result<(), RefusalCode> {
        self.may_attach(now, &mine, &theirs, is_ours)?;
        let origin = theirs.origin;
        self.remove_earlier_runs(now, origin);
        let stamps = (mine.stamp, theirs.stamp);
        let is_new = !self.peers.contains_key(&origin);
        let replaced = self.peers.get_mut(&origin).and_then(|peer| peer.attached.take());
        if let Some(old) = replaced {
            self.retire(old.conn);
        }
        let Some(conn) = self.conns.get_mut(&id) else { return Ok(()) };
        conn.stage = Stage::Linked(origin);
        let (remote, dialled) = (conn.remote, conn.dialled);
        // The state of the streams has the same patience as the hello.
        self.watch_handshake(now, id);
        if let Some(address) = dialled {
            self.book.finished(address, id, None);
            self.book.answered(address, origin);
        }
        if is_new {
            let mut address = theirs.address;
            if address.ip().is_unspecified() {
                address.set_ip(remote.ip());
            }
            self.book.learn(address, now);
            self.book.answered(address, origin);
            self.add_member(now, &mine, &theirs, address);
        } else {
            self.counters.links_resumed += 1;
        }
        if let Some(peer) = self.peers.get_mut(&origin) {
            peer.detector.heard(now);
            peer.feed = Feed::Waiting;
            peer.attached = Some(Attached { conn: id, stamps, is_ours, is_resumed: false });
        }
        self.send_resume(origin, id);
        self.tell_members(id);
        self.send_view(now, id);
        if is_new {
            self.outputs.push_back(Output::MemberJoined(origin));
            self.seat_member(now, origin);
            self.introduce(origin);
            self.publish_view(now);
        } else {
            self.outputs.push_back(Output::Link { member: origin, is_connected: true });
        }
        self.timers.set(Timer::Heartbeat(origin), now);
        self.watch_silence(now, origin);
        Ok(())
    }

    /// The connection of a link is gone; the peer stays a member until it is judged dead.
    pub(super) fn link_broken(&mut self, now: Timestamp, origin: Origin, id: ConnId) {
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        if peer.attached.is_none_or(|attached| attached.conn != id) {
            return;
        }
        if mutated!(BrokenIsDead) {
            return self.remove_member(now, origin, LeaveReason::Closed);
        }
        peer.attached = None;
        peer.was_broken = true;
        peer.feed = Feed::Waiting;
        let address = peer.member.address;
        self.outputs.push_back(Output::Link { member: origin, is_connected: false });
        self.redial(now, address);
    }

    pub(super) fn remove_member(&mut self, now: Timestamp, origin: Origin, reason: LeaveReason) {
        let Some(peer) = self.peers.remove(&origin) else { return };
        self.timers.cancel(Timer::Heartbeat(origin));
        self.timers.cancel(Timer::Silence(origin));
        if let Some(attached) = peer.attached {
            match reason {
                LeaveReason::Left | LeaveReason::Parted | LeaveReason::WeLeave => self.retire(attached.conn),
                LeaveReason::Closed
                | LeaveReason::Silent
                | LeaveReason::Replaced
                | LeaveReason::Unresumable => {
                    self.abort(attached.conn);
                }
            }
        }
        let mut unconfirmed = peer.send.into_unconfirmed();
        if mutated!(UnconfirmedNotGivenBack) && reason == LeaveReason::Left {
            unconfirmed.clear();
        }
        self.outputs.push_back(Output::MemberLeft { member: origin, reason, unconfirmed });
        self.unseat_member(now, origin, reason);
        self.unreached(now, origin, reason == LeaveReason::Silent);
        self.forget_streams();
        self.schedule_dials(now);
        self.watch_loneliness(now);
    }

    pub(super) fn say_goodbye(&mut self, now: Timestamp) {
        let members: Vec<Origin> = self.peers.keys().copied().collect();
        for origin in members {
            if let Some(attached) = self.peers.get(&origin).and_then(|peer| peer.attached) {
                // What was accepted must not come back to its sender.
                let stream = self.streams.get(&origin).filter(|_| attached.is_resumed);
                if let Some(accepted) = stream.map(|stream| stream.accepted) {
                    self.queue(attached.conn, &Frame::Ack(accepted));
                }
                self.queue(attached.conn, &Frame::Bye);
            }
            self.remove_member(now, origin, LeaveReason::WeLeave);
        }
    }

    /// Whether another run of the same node is a member, heard lately, and lives elsewhere.
    pub(super) fn has_living_double(&self, now: Timestamp, card: &Card) -> bool {
        self.peers.values().any(|peer| {
            let held = peer.member.origin;
            held.node == card.origin.node
                && held != card.origin
                && peer.attached.is_some()
                && peer.detector.judge(now) == Verdict::Alive
                && peer.member.address != card.address
                && !card.address.ip().is_unspecified()
        })
    }

    /// Whether a later run of the same node is a member, heard lately: last words of the earlier one were under way. A
    /// run whose wall clock went back has to wait until its predecessor's link breaks.
    pub(super) fn has_later_run(&self, now: Timestamp, origin: Origin) -> bool {
        self.peers.values().any(|peer| {
            let held = peer.member.origin;
            held.node == origin.node
                && held.incarnation > origin.incarnation
                && peer.attached.is_some()
                && peer.detector.judge(now) == Verdict::Alive
                && !mutated!(StaleRunAccepted)
        })
    }

    pub(super) fn beat(&mut self, now: Timestamp, origin: Origin) {
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        peer.digest = DigestTurn::Due;
        let Some(peer) = self.peers.get(&origin) else { return };
        let heartbeat = self.heartbeat_to(peer);
        let often = if mutated!(HeartbeatsTooOften) { 200 } else { 1 };
        let interval = (self.config.heartbeat_interval_ms / often).max(1);
        self.timers.set(Timer::Heartbeat(origin), now.plus(interval));
        if let Some(attached) = peer.attached {
            self.queue(attached.conn, &Frame::Heartbeat(heartbeat));
        }
        self.watch_taking(now, origin);
    }

    /// `late_ms` is how much later than it should this node gets to it.
    pub(super) fn judge_silence(&mut self, now: Timestamp, origin: Origin, late_ms: u64) {
        let heartbeat_ms = self.config.heartbeat_interval_ms;
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        let address = peer.member.address;
        match peer.detector.judge(now) {
            Verdict::Dead if mutated!(DeadKept) => peer.detector.heard(now),
            // This node was stopped itself when the time came, and what it was sent meanwhile is not read yet. A node that
            // is always late gets there all the same: the time was up before it stopped once more.
            Verdict::Dead
                if late_ms > heartbeat_ms / 4
                    && peer.detector.overdue_ms(now) <= late_ms
                    && !mutated!(PauseNotForgiven) =>
            {
                return self.timers.set(Timer::Silence(origin), now.plus(heartbeat_ms));
            }
            Verdict::Dead => return self.remove_member(now, origin, LeaveReason::Silent),
            Verdict::Suspect if !peer.member.is_suspect => {
                peer.member.is_suspect = true;
                self.counters.suspicions += 1;
                self.outputs.push_back(Output::Suspected { member: origin, is_suspect: true });
                // After some seconds without an answer TCP repeats itself only every few seconds. A new connection
                // finds out sooner that the way is free again, and replaces the old one.
                self.redial(now, address);
            }
            Verdict::Suspect | Verdict::Alive => {}
        }
        self.watch_silence(now, origin);
    }

    /// This node itself was stopped for a while (a paused process or machine): the silence is its own.
    pub(super) fn forgive_silence(&mut self, now: Timestamp) {
        for peer in self.peers.values_mut() {
            peer.detector.forgive(now);
            peer.taking.since = now;
        }
        self.forget_doubts();
    }

    /// Starts the wait for "alone" if there is reason to.
    pub(super) fn watch_loneliness(&mut self, now: Timestamp) {
        if self.peers.is_empty() && self.presence == Presence::Content {
            self.timers.set(Timer::Alone, now.plus(self.config.alone_after_ms));
        }
    }

    pub(super) fn judge_loneliness(&mut self) {
        let expects = self.book.expects_others();
        if self.peers.is_empty() && expects && self.presence == Presence::Content {
            self.presence = Presence::Alone;
            self.outputs.push_back(Output::Alone(true));
        }
    }

    fn add_member(&mut self, now: Timestamp, mine: &Card, theirs: &Card, address: std::net::SocketAddr) {
        let (ours, other) = (Seniority::from(mine), Seniority::from(theirs));
        let before = self.age.joined_at;
        self.age.joined_at = before.max(adjusted(&ours, &other));
        self.age.is_settled = true;
        let origin = theirs.origin;
        let member = Member {
            origin,
            name: theirs.name.clone(),
            product: theirs.product.clone(),
            address,
            joined_at: adjusted(&other, &ours),
            memory_bytes: 0,
            is_suspect: false,
            is_connected: true,
            is_lite: theirs.terms.is_lite,
            lag: 0,
            silence_max_ms: 0,
        };
        let peer = Peer {
            member,
            detector: Detector::new(&self.config, now),
            attached: None,
            send: SendStream::new(self.entropy.number()),
            feed: Feed::Waiting,
            reader: Reader::default(),
            is_ack_due: false,
            digest: DigestTurn::Told,
            holds: 0,
            is_applied_due: false,
            was_broken: false,
            resumes_failed: 0,
            taking: Taking { base: 0, since: now, is_stuck: false },
            view: HeldView::default(),
        };
        self.peers.insert(origin, peer);
        self.timers.cancel(Timer::Alone);
        if self.presence == Presence::Alone && !mutated!(AloneStays) {
            self.presence = Presence::Content;
            self.outputs.push_back(Output::Alone(false));
        }
        if self.age.joined_at != before {
            let members: Vec<Origin> = self.peers.keys().copied().collect();
            for member in members {
                self.beat(now, member);
            }
        }
    }

    fn remove_earlier_runs(&mut self, now: Timestamp, origin: Origin) {
        let is_earlier = |other: &&Origin| other.node == origin.node && **other != origin;
        let earlier: Vec<Origin> = self.peers.keys().filter(is_earlier).copied().collect();
        for run in earlier {
            self.remove_member(now, run, LeaveReason::Replaced);
        }
        self.streams.retain(|held, _| held.node != origin.node || *held == origin);
    }

    /// Tells a member whom we know: it dials those that it does not. So on each of its connections, because what was
    /// under way on a broken one is lost.
    fn tell_members(&mut self, id: ConnId) {
        let known = self.peers.values().map(|peer| known(&peer.member)).collect();
        if !mutated!(MembersNotShared) {
            self.queue(id, &Frame::Members(Members { known }));
        }
    }

    /// Tells the others of a new member.
    fn introduce(&mut self, origin: Origin) {
        let Some(peer) = self.peers.get(&origin).filter(|_| !mutated!(MembersNotShared)) else { return };
        let frame = Frame::Members(Members { known: vec![known(&peer.member)] });
        let others = self.peers.iter().filter(|(other, _)| **other != origin);
        let conns: Vec<ConnId> =
            others.filter_map(|(_, peer)| peer.attached.map(|attached| attached.conn)).collect();
        for conn in conns {
            self.queue(conn, &frame);
        }
    }

    fn watch_silence(&mut self, now: Timestamp, origin: Origin) {
        if let Some(peer) = self.peers.get(&origin) {
            self.timers.set(Timer::Silence(origin), peer.detector.next_change(now));
        }
    }

    /// Closes a connection that its link does not need any more.
    fn retire(&mut self, id: ConnId) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.stage = Stage::Closing;
            self.timers.cancel(Timer::Handshake(id));
            self.outputs.push_back(Output::Close(id));
        }
    }

    /// Closes a connection whose payloads come back to this node: what it still carries must not arrive as well.
    fn abort(&mut self, id: ConnId) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.stage = Stage::Closing;
            conn.urgent.clear();
            self.timers.cancel(Timer::Handshake(id));
            self.outputs.push_back(Output::Abort(id));
        }
    }

    fn forget_streams(&mut self) {
        while self.streams.len() > FORMER_STREAMS_MAX {
            let former = self.streams.keys().find(|origin| !self.peers.contains_key(origin)).copied();
            let Some(former) = former else { return };
            self.streams.remove(&former);
        }
    }
}

fn known(member: &Member) -> Known {
    Known { origin: member.origin, address: member.address }
}
