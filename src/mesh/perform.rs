//! Carrying out what the state machine asks for. Called under the engine's lock; nothing here waits.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use cobnut_mesh_proto::{LeaveReason, Origin, Output, Receipt, RefusalCode, entry_hash};
use cobnut_model::limits::{MESH_ALONE_AFTER, MESH_LINK_QUEUE_FRAMES_MAX, MESH_REFUSALS_MAX};
use cobnut_model::{NodeId, UnixMillis};
use cobnut_net::TlsRefusal;
use tokio::sync::Semaphore;
use tracing::{debug, info, warn};

use crate::connection;
use crate::engine::{ConnHandle, Engine, Inner, PeerHandle, RefusalEntry, Run, unix_now};
use crate::events::{ClusterEvent, Envelope, Refusal};
use crate::guard::TurnedAway;
use crate::journal::JournalKind;
use crate::maps::{Incoming, MapNumber, Owner, Replica};
use crate::records::{Carried, decode_carried, session_of_key};

/// A refusal that goes on is logged again after this time, in milliseconds.
const REFUSAL_LOG_AGAIN_MS: u64 = 10 * 60 * 1000;

impl Inner {
    /// Drains the outputs of the node and makes sure that the timer task knows the next deadline.
    pub(crate) fn perform(self: &Arc<Self>, engine: &mut Engine) {
        while let Some(output) = engine.run.as_mut().and_then(|run| run.node.poll_output()) {
            self.perform_one(engine, output);
        }
        if let Some(run) = engine.run.as_mut() {
            run.waiting.release(|| run.node.held());
            let next = run.node.poll_timeout();
            if next.is_some_and(|next| run.armed.is_none_or(|armed| next < armed)) {
                self.deadline_moved.notify_one();
            }
        }
    }

    fn perform_one(self: &Arc<Self>, engine: &mut Engine, output: Output) {
        let Some(run) = engine.run.as_mut() else { return };
        match output {
            Output::Dial { conn, address } => {
                let handle = ConnHandle::default();
                run.conns.insert(conn, handle.clone());
                connection::dial(self, run, conn, address, handle);
            }
            Output::Resolve { candidate, host } => connection::resolve(self, run, candidate, host),
            Output::Wake(conn) => {
                if let Some(handle) = run.conns.get(&conn) {
                    handle.wake.notify_one();
                }
            }
            Output::Close(conn) => {
                if let Some(handle) = run.conns.get(&conn) {
                    handle.closing.cancel();
                }
            }
            Output::Abort(conn) => {
                if let Some(handle) = run.conns.get(&conn) {
                    handle.aborting.cancel();
                }
            }
            Output::TakenBack(stream) => self.queue.drop_void(|receipt| receipt.stream() == stream),
            Output::Deliver { from, receipt, payload } => self.deliver(engine, from, receipt, &payload),
            Output::Confirmed { to, cost } => {
                if let Some(peer) = run.peers.get(&to) {
                    peer.room.add_permits(cost);
                    run.progress.notify_one();
                }
            }
            Output::MemberJoined(origin) => self.member_joined(engine, origin),
            Output::MembersChanged => self.refresh_view(Some(&run.node)),
            Output::ForgottenBy(origin) => {
                let member = NodeId(origin.node);
                info!(%member, "member had removed this node and took it back");
                self.note(run, JournalKind::ForgottenBy, origin, String::new());
                self.queue.push(ClusterEvent::ForgottenBy(member), None);
            }
            Output::MemberLeft { member, reason, unconfirmed } => {
                self.member_left(engine, member, reason, unconfirmed);
            }
            Output::Entry { origin, map, key, value } => {
                self.entry(engine, origin, map, &key, value.as_ref());
            }
            Output::SnapshotBegin(origin) => self.snapshot(run, origin, true),
            Output::SnapshotEnd(origin) => self.snapshot(run, origin, false),
            Output::Digest { origin, maps } => self.compare(run, origin, &maps),
            Output::Refused { peer, code, reason, by_peer } => {
                self.refused(engine, peer, code, reason, by_peer);
            }
            Output::Nonsense { member, peer, .. } => {
                self.turn_away(peer, if member.is_some() { TurnedAway::Member } else { TurnedAway::Hello });
                self.happened(run, &output);
            }
            Output::Suspected { .. }
            | Output::Link { .. }
            | Output::Stuck { .. }
            | Output::Paused { .. }
            | Output::SplitSuspected { .. }
            | Output::Healed { .. }
            | Output::CutOff { .. }
            | Output::NameTrouble { .. } => self.happened(run, &output),
            Output::Standing(standing) => self.standing_changed(standing),
            Output::Alone(is_alone) => self.alone_changed(engine, is_alone),
        }
    }

    fn member_joined(&self, engine: &mut Engine, origin: Origin) {
        engine.last_tag = engine.last_tag.wrapping_add(1).max(1);
        let owner = Owner { node: NodeId(origin.node), tag: engine.last_tag };
        let Some(run) = engine.run.as_mut() else { return };
        let room = Arc::new(Semaphore::new(MESH_LINK_QUEUE_FRAMES_MAX));
        let members = run.node.members();
        let name = members.iter().find(|member| member.origin == origin);
        let name = name.map_or(String::new(), |member| member.name.clone());
        run.peers.insert(origin, PeerHandle::new(owner, name, room));
        self.refresh_view(Some(&run.node));
        let oldest = members.first().map(|member| member.origin);
        let Some(member) = members.iter().find(|member| member.origin == origin).cloned() else { return };
        info!(
            member = %owner.node, name = %member.name, address = %member.address, members = members.len(),
            "member joined"
        );
        self.guard.know(member.address.ip());
        engine.refusals.retain(|entry| entry.refusal.peer.ip() != member.address.ip());
        let Some(run) = engine.run.as_ref() else { return };
        self.note(run, JournalKind::Joined, origin, String::new());
        let joined = self.info(run, oldest == Some(origin), member);
        self.queue.push(ClusterEvent::MemberJoined(joined), None);
    }

    fn member_left(
        self: &Arc<Self>,
        engine: &mut Engine,
        origin: Origin,
        reason: LeaveReason,
        unconfirmed: Vec<Bytes>,
    ) {
        let Some(run) = engine.run.as_mut() else { return };
        let Some(peer) = run.peers.remove(&origin) else { return };
        peer.room.close();
        self.requests.forget(peer.owner.node);
        self.refresh_view(Some(&run.node));
        self.clear_member(&peer, reason);
        let member = peer.owner.node;
        self.note_left(member, peer.name, reason);
        if !unconfirmed.is_empty() {
            info!(%member, unconfirmed = unconfirmed.len(), "stanzas that the member did not confirm come back");
        }
        let envelopes: Vec<_> = unconfirmed.iter().filter_map(|payload| envelope_in(payload)).collect();
        if !envelopes.is_empty() {
            self.queue.push(ClusterEvent::Undelivered { to: member, envelopes }, None);
        }
    }

    fn deliver(&self, engine: &mut Engine, origin: Origin, receipt: Receipt, payload: &[u8]) {
        let from = NodeId(origin.node);
        match decode_carried(payload) {
            Ok(Carried::Envelope(envelope)) => {
                return self.queue.push(ClusterEvent::Received { from, envelope }, Some(receipt));
            }
            Ok(Carried::Request { topic, id, body }) => self.requests.asked(from, topic, id, body),
            Ok(Carried::Answer { id, body }) => self.requests.answered(from, id, body),
            Err(err) => warn!(member = %from, %err, "dropped an envelope that cannot be read"),
        }
        if let Some(run) = engine.run.as_mut() {
            run.node.handle_accepted(receipt);
        }
    }

    fn snapshot(self: &Arc<Self>, run: &mut Run, origin: Origin, is_begin: bool) {
        let number = run.number;
        let Some(peer) = run.peers.get_mut(&origin) else { return };
        if is_begin {
            peer.epoch = peer.epoch.wrapping_add(1);
            peer.had_entries = self.holds_any_of(peer.owner);
            peer.unreadable.clear();
        } else {
            self.clear_stale(number, peer);
        }
    }

    /// One code path for all maps: what differs is behind [`Replica`].
    fn entry(&self, engine: &mut Engine, origin: Origin, map: u16, key: &[u8], value: Option<&Bytes>) {
        let Some(run) = engine.run.as_mut() else { return };
        let Some(peer) = run.peers.get_mut(&origin) else { return };
        let number = MapNumber::from_wire(map);
        let hash = value.map_or(0, |value| entry_hash(map, key, value));
        let value = value.map(|value| &**value);
        let change = Incoming { owner: peer.owner, epoch: peer.epoch, key, value, hash };
        let lost = match self.with_replica(number, |replica| replica.apply(&change, self.me())) {
            Ok(lost) => lost,
            Err(err) => {
                if peer.unreadable.insert(number) {
                    warn!(
                        member = %peer.owner.node, map = %number, %err,
                        "cannot read an entry of member, leaving it out; does it run a newer release?"
                    );
                }
                return;
            }
        };
        if matches!(number, MapNumber::NODES | MapNumber::TENURES) {
            self.homes.poke();
        }
        let Some(lost) = lost else { return };
        let member = peer.owner.node;
        run.node.remove(map, lost.clone());
        if let Some(jid) = session_of_key(&lost).filter(|_| number == MapNumber::SESSIONS) {
            self.metrics.superseded.inc();
            debug!(%jid, %member, "a later session took the full JID");
            self.queue.push(ClusterEvent::Superseded { jid }, None);
        }
    }

    /// Runs `with` on the map of a number.
    pub(crate) fn with_replica<T>(&self, number: MapNumber, with: impl FnOnce(&dyn Replica) -> T) -> T {
        if number == MapNumber::SESSIONS { with(&self.sessions) } else { with(&*self.maps.of(number)) }
    }

    pub(crate) fn refused(
        &self,
        engine: &mut Engine,
        peer: SocketAddr,
        code: RefusalCode,
        reason: String,
        by_peer: bool,
    ) {
        if code.is_quiet() {
            debug!(peer_addr = %peer, reason = code.name(), by_peer, "hello ended");
            return;
        }
        self.metrics.refused(code);
        if code == RefusalCode::Secret {
            self.guard.doubt();
        }
        let at = unix_now();
        let reason = if by_peer {
            format!("{peer} refused this node: {reason}")
        } else {
            format!("this node refused {peer}: {reason}")
        };
        let known = engine
            .refusals
            .iter()
            .position(|entry| entry.code == code && entry.refusal.peer.ip() == peer.ip());
        let last = known.and_then(|index| engine.refusals.remove(index)).map(|entry| entry.refusal.at);
        if last.is_none_or(|last: UnixMillis| at.0.saturating_sub(last.0) > REFUSAL_LOG_AGAIN_MS) {
            warn!(peer_addr = %peer, %reason, "a node may not join");
        }
        if last.is_none() {
            self.journal.note(JournalKind::Refused, None, peer.to_string(), reason.clone());
        }
        engine.refusals.push_front(RefusalEntry { refusal: Refusal { peer, reason, at }, code });
        engine.refusals.truncate(MESH_REFUSALS_MAX);
    }

    /// Reports a failed handshake of TLS if it says something about a certificate.
    pub(crate) fn refused_tls(&self, peer: SocketAddr, error: &std::io::Error) {
        if let Some(refusal) = TlsRefusal::of(error) {
            let mut engine = self.engine();
            self.refused(&mut engine, peer, RefusalCode::Encryption, refusal.reason, refusal.is_by_peer);
        }
    }

    fn alone_changed(&self, engine: &mut Engine, is_alone: bool) {
        self.metrics.alone.set(i64::from(is_alone));
        let Some(run) = engine.run.as_mut() else { return };
        if !is_alone {
            run.alone_since = None;
            info!("this node is not alone any more");
            self.journal.note(JournalKind::NotAlone, None, String::new(), String::new());
            return;
        }
        let alone_ms = u64::try_from(MESH_ALONE_AFTER.as_millis()).unwrap_or(0);
        run.alone_since = Some(UnixMillis(unix_now().0.saturating_sub(alone_ms)));
        let tried: Vec<String> =
            run.node.expected().into_iter().map(|(entry, reason)| format!("{entry}: {reason}")).collect();
        let tried = tried.join("; ");
        self.journal.note(JournalKind::Alone, None, String::new(), tried.clone());
        warn!(tried, "this node expects other members and is alone");
    }
}

/// What has to be routed again when its receiver is lost; questions and answers have not.
fn envelope_in(payload: &[u8]) -> Option<Envelope> {
    match decode_carried(payload) {
        Ok(Carried::Envelope(envelope)) => Some(envelope),
        _ => None,
    }
}
