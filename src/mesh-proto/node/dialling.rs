//! Resolving and dialling, for ever: a name that does not resolve and a host that does not answer block nothing.

use std::net::{IpAddr, SocketAddr};

use super::{Conn, Node, Presence, Stage};
use crate::timers::Timer;
use crate::{Candidate, ConnId, DialFailure, LeaveReason, Origin, Output, Timestamp};

use bytes::BytesMut;

/// A name that did not resolve is asked for again after a time between these, in milliseconds.
const RESOLVE_AGAIN_MS: (u64, u64) = (3000, 6000);
/// A name that resolved is asked for again after a time between these: hosts move.
const RESOLVE_REFRESH_MS: (u64, u64) = (25_000, 35_000);
/// The resolver has to answer within this time, or it is asked again.
const RESOLVE_PATIENCE_MS: u64 = 60_000;
/// Pause before a broken or silent link is dialled, so that a connection that replaces it can arrive first.
const REDIAL_PAUSE_MS: u64 = 20;
/// Time between dials of a member whose link is broken or silent and whose host neither answers nor refuses.
const REDIAL_BROKEN_MS: u64 = 200;
/// Patience with one of them: a new attempt finds a way that is free again sooner than TCP's own repetition after a
/// second, and after three.
const DIAL_DOUBTFUL_MS: u64 = 500;
/// First dials are spread over this time, so that nodes that start together do not always cross.
const FIRST_DIAL_SPREAD_MS: u64 = 50;

impl Node {
    /// The connection exists.
    pub fn handle_connected(&mut self, now: Timestamp, id: ConnId) {
        if self.conns.get(&id).is_some_and(|conn| matches!(conn.stage, Stage::Dialling)) {
            self.say_hello(now, id);
        }
    }

    /// The connection could not be made.
    pub fn handle_dial_failed(&mut self, now: Timestamp, id: ConnId, failure: DialFailure) {
        let Some(conn) = self.conns.remove(&id) else { return };
        self.timers.cancel(Timer::Handshake(id));
        let Some(address) = conn.dialled else { return };
        self.book.finished(address, id, Some(failure.to_string()));
        if failure == DialFailure::Refused {
            self.nobody_listens_at(now, address);
            self.forget_cuts_at(now, address);
        }
        match self.broken_member_at(address) {
            Some(origin) if failure == DialFailure::Refused && !mutated!(RefusalIgnored) => {
                self.remove_member(now, origin, LeaveReason::Closed);
            }
            _ => self.dial_later(now, address),
        }
    }

    /// The configuration names other nodes from now on. New entries are dialled, removed ones not any more; members stay.
    pub fn set_candidates(&mut self, now: Timestamp, candidates: &[Candidate]) {
        if self.presence == Presence::Leaving {
            return;
        }
        for candidate in self.book.set_candidates(candidates) {
            self.timers.set(Timer::Resolve(candidate), now);
        }
        self.schedule_dials(now);
        self.watch_loneliness(now);
    }

    /// Somebody who knows the secret says that he listens at `address`.
    pub fn handle_discovered(&mut self, now: Timestamp, address: SocketAddr) {
        self.book.learn(address, now);
        self.schedule_dials(now);
    }

    /// The resolver answered for a candidate.
    pub fn handle_resolved(&mut self, now: Timestamp, candidate: usize, answer: Result<Vec<IpAddr>, String>) {
        if self.presence == Presence::Leaving || self.book.host(candidate).is_none() {
            return;
        }
        if let Some((entry, error)) = self.book.resolved(candidate, answer) {
            self.outputs.push_back(Output::NameTrouble { entry, error });
        }
        let (low, high) =
            if self.book.has_resolved(candidate) { RESOLVE_REFRESH_MS } else { RESOLVE_AGAIN_MS };
        let again = now.plus(self.entropy.between(low, high));
        self.timers.set(Timer::Resolve(candidate), again);
        self.schedule_dials(now);
    }

    pub(super) fn resolve(&mut self, now: Timestamp, candidate: usize) {
        let Some(host) = self.book.host(candidate).map(str::to_owned) else { return };
        self.timers.set(Timer::Resolve(candidate), now.plus(RESOLVE_PATIENCE_MS));
        self.outputs.push_back(Output::Resolve { candidate, host });
    }

    /// Sets a timer for each address that shall be dialled and has none.
    pub(super) fn schedule_dials(&mut self, now: Timestamp) {
        let peers = &self.peers;
        for address in self.book.wanted(|origin| peers.contains_key(origin)) {
            if !self.timers.is_set(Timer::Dial(address)) {
                let at = now.plus(self.entropy.between(0, FIRST_DIAL_SPREAD_MS));
                self.timers.set(Timer::Dial(address), at);
            }
        }
    }

    /// The link of a member broke: dial it soon.
    pub(super) fn redial(&mut self, now: Timestamp, address: SocketAddr) {
        self.timers.set_earlier(Timer::Dial(address), now.plus(REDIAL_PAUSE_MS));
    }

    /// A dial to `address` is over without a link: when to try again.
    pub(super) fn dial_later(&mut self, now: Timestamp, address: SocketAddr) {
        if self.presence == Presence::Leaving {
            return;
        }
        if self.is_doubtful(address) {
            self.timers.set(Timer::Dial(address), now.plus(REDIAL_BROKEN_MS));
        } else if mutated!(RedialGivenUp) {
            self.timers.cancel(Timer::Dial(address));
        } else if let Some(at) = self.book.next_dial(address, now, &mut self.entropy) {
            self.timers.set(Timer::Dial(address), at);
        }
    }

    pub(super) fn dial(&mut self, now: Timestamp, address: SocketAddr) {
        let peers = &self.peers;
        let is_wanted = self.is_doubtful(address)
            || self.book.wanted(|origin| peers.contains_key(origin)).contains(&address);
        if !is_wanted || self.book.is_dialling(address) || self.presence == Presence::Leaving {
            return;
        }
        let conn = self.add_conn(address, Some(address), Stage::Dialling);
        self.book.dialled(address, conn);
        self.watch_handshake(now, conn);
        if self.is_doubtful(address) {
            self.timers.set(Timer::Handshake(conn), now.plus(DIAL_DOUBTFUL_MS));
        }
        self.outputs.push_back(Output::Dial { conn, address });
    }

    pub(super) fn add_conn(
        &mut self,
        remote: SocketAddr,
        dialled: Option<SocketAddr>,
        stage: Stage,
    ) -> ConnId {
        self.last_conn += 1;
        let id = ConnId(self.last_conn);
        let version = self.config.wire_versions.0;
        let conn = Conn {
            remote,
            dialled,
            stage,
            version,
            urgent: BytesMut::new(),
            is_awake: false,
            binding: None,
            secret: None,
        };
        self.conns.insert(id, conn);
        id
    }

    /// Whether the member at an address has no connection, or a silent one.
    fn is_doubtful(&self, address: SocketAddr) -> bool {
        let mut members = self.peers.values().filter(|peer| peer.member.address == address);
        members.any(|peer| peer.attached.is_none() || peer.member.is_suspect)
    }

    fn broken_member_at(&self, address: SocketAddr) -> Option<Origin> {
        let broken =
            self.peers.values().find(|peer| peer.member.address == address && peer.attached.is_none());
        broken.map(|peer| peer.member.origin)
    }
}
