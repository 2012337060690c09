//! Rooms that move from one member to another, whole.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use cobnut_mesh::{Change, Envelope, SendError};
use cobnut_model::{NodeId, limits};
use jid::BareJid;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::actor::{Actor, Heir, State};
use super::host::{Input, Offered, Parcel};
use super::maps::{Rooms, winner};
use super::route::wrap;
use super::wire::{Moved, Wire};
use crate::service::Service;

/// Time between two looks at whether all rooms have gone.
const LOOK: Duration = Duration::from_millis(20);

/// Rooms of which not all pieces are here, by sender and transfer.
#[derive(Debug, Default)]
pub(super) struct Transfers(Mutex<HashMap<(NodeId, u64), Vec<u8>>>);

impl Transfers {
    /// Adds a piece; the whole if it was the last one. `None`, too, if it cannot be kept.
    fn add(&self, from: NodeId, transfer: u64, bytes: &[u8], is_last: bool) -> Option<Vec<u8>> {
        let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_sender = pieces.keys().filter(|(sender, _)| *sender == from).count();
        let is_known = pieces.contains_key(&(from, transfer));
        if !is_known && of_sender >= limits::ROOM_TRANSFERS_MAX {
            return None;
        }
        let held = pieces.entry((from, transfer)).or_default();
        if held.len() + bytes.len() > limits::ROOM_PARTS_BYTES_MAX {
            pieces.remove(&(from, transfer));
            return None;
        }
        held.extend_from_slice(bytes);
        if is_last { pieces.remove(&(from, transfer)) } else { None }
    }

    /// Nothing more comes from a lost member.
    pub(super) fn forget(&self, member: NodeId) {
        let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pieces.retain(|(sender, _), _| *sender != member);
    }
}

impl Service {
    pub(super) fn receive_piece(&self, from: NodeId, transfer: u64, bytes: &[u8], is_last: bool) {
        let Some(whole) = self.muc.transfers.add(from, transfer, bytes, is_last) else { return };
        match Moved::decode(&whole) {
            Ok(moved) => self.carry_on(moved, Arc::default()),
            Err(err) => warn!(member = %from, %err, "a room that another member handed over is lost"),
        }
    }

    /// Sends a room to another member; history is left out where it is too large with it.
    pub(super) async fn send_moved(&self, heir: NodeId, mut moved: Moved) -> Result<(), SendError> {
        let mut bytes = moved.encode();
        if bytes.len() > limits::ROOM_PARTS_BYTES_MAX {
            moved.parts.history.clear();
            bytes = moved.encode();
        }
        if bytes.len() > limits::ROOM_PARTS_BYTES_MAX {
            let room = &moved.parts.record.room;
            warn!(%room, bytes = bytes.len(), "room is too large to move");
            return Err(SendError::TooLarge);
        }
        let transfer = rand::random();
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(limits::ROOM_PIECE_BYTES));
            let wire = Wire::Piece { transfer, is_last: bytes.is_empty(), bytes: piece };
            self.cluster.send(heir, Envelope::GroupChat { payload: wire.encode() }).await?;
        }
        Ok(())
    }

    /// Carries a room on here.
    pub(super) fn carry_on(&self, moved: Moved, ended: Arc<HashSet<jid::FullJid>>) {
        let room = moved.parts.record.room.clone();
        match self.offer(&room, Input::Moved { moved: Box::new(moved), ended }) {
            Offered::Taken => {}
            Offered::TooMany => warn!(%room, "room not carried on: too many rooms are active here"),
            Offered::Full(input, queue) => {
                // Stanzas that were sent behind it find their room here already.
                self.tasks.spawn("room waits to move", async move {
                    let _ended = queue.send(input).await;
                });
            }
        }
    }

    /// Hands all rooms of this node to other members, and waits until they have them. Called when the node is nobody's
    /// home any more.
    pub(crate) async fn move_rooms_away(&self) {
        let deadline = Instant::now() + limits::ROOMS_DRAIN_PATIENCE;
        let mut told = HashSet::new();
        while self.muc.hosted.len() > 0 && Instant::now() < deadline {
            let mut is_stuck = true;
            for room in self.muc.hosted.rooms() {
                let Some(heir) = self.cluster.home_of(room.as_str()).filter(|heir| *heir != self.node())
                else {
                    continue;
                };
                is_stuck = false;
                let order = (room.clone(), heir);
                if !told.contains(&order) && self.muc.hosted.tell(&room, Input::HandTo(heir)) {
                    told.insert(order);
                }
            }
            if is_stuck && self.cluster.members().len() == 1 {
                // There is nobody else.
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Actor {
    /// Sends the room to another member. From here on that one has it, unless it is lost before.
    pub(super) async fn hand_to(&mut self, heir: NodeId) {
        if heir == self.service.node() {
            return;
        }
        let State::Active(active) = &self.state else { return };
        if active.room.has_archive() {
            // The heir answers questions to it.
            self.service.muc.writer.flushed(&active.place, limits::ROOM_WRITE_PATIENCE).await;
        }
        let claims = self.service.muc.rooms.all(&self.address.to_string());
        let theirs = claims.iter().filter(|claim| claim.owner == heir).map(|claim| claim.value().term);
        let term = theirs.chain([active.term]).max().unwrap_or(active.term);
        let moved = Moved { term: active.term, parts: active.room.parts() };
        if let Err(err) = self.service.send_moved(heir, moved).await {
            debug!(room = %self.address, member = %heir, %err, "room not handed over, it stays");
            return;
        }
        info!(room = %self.address, member = %heir, "room handed over");
        if let State::Active(active) = std::mem::replace(&mut self.state, State::Absent) {
            self.state = State::Resigned(active, Heir { member: heir, term, since: Instant::now() });
        }
    }

    /// A stanza that came after the room had gone follows it on the same link.
    pub(super) async fn forward(&mut self, heir: NodeId, parcel: Parcel) {
        let is_sent = parcel.hops < limits::ROOM_HOPS_MAX
            && self.service.cluster.send(heir, wrap(&parcel)).await.is_ok();
        if !is_sent {
            self.service.pass_to_room_later(parcel);
        }
    }

    /// Looks who keeps the room: the heir may have it now, or be lost; another member may have it, too.
    pub(super) async fn settle_rivalry(&mut self) {
        let me = self.service.node();
        let claims = self.service.muc.rooms.all(&self.address.to_string());
        match &self.state {
            State::Absent => {}
            State::Active(_) => {
                if let Some(keeper) = winner(&claims).map(|claim| claim.owner).filter(|keeper| *keeper != me)
                {
                    self.hand_to(keeper).await;
                }
            }
            State::Resigned(_, heir) => {
                let Heir { member: heir, term, since } = *heir;
                if claims.iter().any(|claim| claim.owner == heir && claim.value().term > term) {
                    self.service.muc.metrics.handed_over.inc();
                    return self.forget();
                }
                let is_member = self.service.cluster.members().iter().any(|member| member.id == heir);
                if !is_member || since.elapsed() >= limits::ROOM_HANDOVER_PATIENCE {
                    self.resume();
                }
            }
        }
    }

    /// The heir did not take the room.
    pub(super) fn resume(&mut self) {
        if let State::Resigned(mut active, heir) = std::mem::replace(&mut self.state, State::Absent) {
            info!(room = %self.address, member = %heir.member, "the member that a room was handed to did not take it, it stays");
            // Should the heir come up with it after all, this one wins.
            active.term = active.term.saturating_add(2);
            self.state = State::Active(active);
            self.put_entry();
        }
    }
}

impl Service {
    /// A stanza whose room was on its way to a member that is gone: its sender's room decides again in a moment.
    fn pass_to_room_later(&self, parcel: Parcel) {
        let Some(service) = self.handle_for_task() else { return };
        self.tasks.spawn("room stanza waits", async move {
            tokio::time::sleep(limits::ROOM_HANDOVER_PATIENCE / 10).await;
            service.pass_to_room(parcel);
        });
    }
}

/// Wakes rooms of this node that another member has, too.
pub(super) async fn watch_rivals(service: Weak<Service>, token: CancellationToken) {
    let Some(mut changes) = service.upgrade().map(|service| service.muc.rooms.subscribe()) else { return };
    loop {
        let change = tokio::select! {
            change = changes.recv() => change,
            () = token.cancelled() => return,
        };
        let Some(service) = service.upgrade() else { return };
        match change {
            Ok(Change::Put(entry)) if entry.owner != service.node() => {
                service.wake_rival(entry.key());
            }
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => {
                for room in service.muc.hosted.rooms() {
                    service.muc.hosted.tell(&room, Input::Rival);
                }
            }
            Err(RecvError::Closed) => return,
        }
    }
}

impl Service {
    fn wake_rival(&self, room: &<Rooms as cobnut_mesh::Replicated>::Key) {
        if let Ok(room) = BareJid::new(room) {
            self.muc.hosted.tell(&room, Input::Rival);
        }
    }
}
