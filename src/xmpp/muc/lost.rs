//! Rooms whose host is lost.
//!
//! Every survivor knows the room and its occupants from the maps, and keeps them until one of the members has the room
//! again. The home of the room takes it at once. Where that does not happen, because members do not agree on the home or it
//! came too late to know the room, everybody who remembers it gives it to the home: what comes twice becomes one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cobnut_mesh::Entry;
use cobnut_model::{NodeId, SessionRecord, limits};
use cobnut_xmpp_proto::muc::{Loss, OccupantRecord, RoomParts, RoomRecord};
use jid::{BareJid, FullJid, Jid};
use tokio::time::Instant;
use tracing::{info, warn};

use super::host::Input;
use super::maps::{RoomOccupants, Rooms, winner};
use super::stored::is_stored;
use super::wire::Moved;
use crate::service::Service;

/// Time between two looks at who takes the rooms of a lost member.
const LOOK: Duration = Duration::from_millis(10);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Orphans(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    rooms: HashMap<BareJid, Orphan>,
    occupants: usize,
    is_watched: bool,
}

/// What is left of a room.
#[derive(Debug)]
struct Orphan {
    term: u64,
    owner: NodeId,
    /// Missing where it is in the database.
    record: Option<RoomRecord>,
    occupants: Vec<OccupantRecord>,
    since: Instant,
    ended: Arc<HashSet<FullJid>>,
}

impl Orphans {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what lost members had. Returns whether somebody has to watch over it from now on.
    fn keep(
        &self,
        rooms: Vec<Entry<Rooms>>,
        occupants: Vec<Entry<RoomOccupants>>,
        ended: &Arc<HashSet<FullJid>>,
    ) -> bool {
        let mut kept = self.kept();
        for entry in rooms {
            let Ok(room) = BareJid::new(entry.key()) else { continue };
            let (term, owner) = (entry.value().term, entry.owner);
            // Of two lost hosts the one that had it last.
            if kept.rooms.get(&room).is_some_and(|held| (held.term, owner) > (term, held.owner)) {
                continue;
            }
            let orphan = Orphan {
                term,
                owner,
                record: entry.value().record.clone(),
                occupants: Vec::new(),
                since: Instant::now(),
                ended: Arc::clone(ended),
            };
            if let Some(former) = kept.rooms.insert(room, orphan) {
                kept.occupants = kept.occupants.saturating_sub(former.occupants.len());
            }
        }
        let mut dropped = 0_usize;
        for entry in occupants {
            let is_full = kept.occupants >= limits::ROOM_ORPHANS_MAX;
            let Ok(room) = BareJid::new(&entry.key().room) else { continue };
            let Some(orphan) = kept.rooms.get_mut(&room).filter(|orphan| orphan.owner == entry.owner) else {
                continue;
            };
            if is_full {
                dropped += 1;
                continue;
            }
            orphan.occupants.push(entry.value().clone());
            kept.occupants += 1;
        }
        if dropped > 0 {
            warn!(dropped, "too many occupants of rooms were lost at once; some have to enter again");
        }
        !kept.rooms.is_empty() && !std::mem::replace(&mut kept.is_watched, true)
    }

    /// Ends watching if nothing is left.
    fn is_over(&self) -> bool {
        let mut kept = self.kept();
        kept.is_watched = !kept.rooms.is_empty();
        !kept.is_watched
    }

    fn list(&self) -> Vec<(BareJid, u64, Instant)> {
        self.kept().rooms.iter().map(|(room, orphan)| (room.clone(), orphan.term, orphan.since)).collect()
    }

    fn take(&self, room: &BareJid) -> Option<Orphan> {
        let mut kept = self.kept();
        let orphan = kept.rooms.remove(room)?;
        kept.occupants = kept.occupants.saturating_sub(orphan.occupants.len());
        Some(orphan)
    }
}

impl Service {
    /// A member was removed, and `sessions` with it: its rooms are carried on, and those who were in rooms of this node
    /// leave them. If it was this node that left, the rooms live on there, and only those are carried on here, too, that
    /// sessions of this node are in.
    pub(crate) fn carry_on_after(
        self: &Arc<Self>,
        member: NodeId,
        sessions: &[Arc<SessionRecord>],
        we_left: bool,
    ) {
        self.muc.transfers.forget(member);
        let ended: HashSet<FullJid> = sessions.iter().map(|record| record.jid.clone()).collect();
        let mut by_room: HashMap<BareJid, Vec<FullJid>> = HashMap::new();
        for jid in &ended {
            for room in self.muc.seats.get(jid).iter().flat_map(|rooms| rooms.iter()) {
                by_room.entry(room.clone()).or_default().push(jid.clone());
            }
        }
        let ended = Arc::new(ended);
        let (mut rooms, occupants) = (self.muc.rooms.take_lost(), self.muc.occupants.take_lost());
        if we_left {
            let own = occupants.iter().filter(|entry| self.local.get(&entry.value().jid).is_some());
            let own: HashSet<&str> = own.map(|entry| entry.key().room.as_str()).collect();
            rooms.retain(|entry| own.contains(entry.key().as_str()));
        }
        if !rooms.is_empty() {
            info!(%member, rooms = rooms.len(), "rooms of a lost member are carried on");
        }
        let has_to_watch = self.muc.orphans.keep(rooms, occupants, &ended);
        for (room, sessions) in by_room {
            self.muc.hosted.tell(&room, Input::Lost(sessions, Loss::Unreachable));
        }
        // Rooms that were on their way to the member stay here.
        for room in self.muc.hosted.rooms() {
            self.muc.hosted.tell(&room, Input::Rival);
        }
        if has_to_watch {
            let service = Arc::clone(self);
            self.tasks.spawn("rooms of lost members", service.watch_orphans());
        }
    }

    async fn watch_orphans(self: Arc<Self>) {
        let token = self.tasks.token().clone();
        while !self.muc.orphans.is_over() {
            for (room, term, since) in self.muc.orphans.list() {
                self.judge_orphan(&room, term, since).await;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = token.cancelled() => return,
            }
        }
    }

    async fn judge_orphan(&self, room: &BareJid, term: u64, since: Instant) {
        let is_in_vain = since.elapsed() >= limits::ROOM_HEIR_PATIENCE;
        let claims = self.muc.rooms.all(&room.to_string());
        if let Some(claim) = winner(&claims) {
            // Who has it from the same source has a later term; who just loaded it does not know who was in it.
            if claim.owner == self.node() {
                self.adopt(room).await;
            } else if claim.value().term > term {
                self.muc.orphans.take(room);
            } else if is_in_vain {
                self.give_orphan(room, claim.owner).await;
            }
            return;
        }
        let members = self.cluster.members();
        let home = self.cluster.home_of(room.as_str());
        let home = home.filter(|home| members.iter().any(|member| member.id == *home));
        match home {
            Some(home) if home == self.node() => self.adopt(room).await,
            _ if !is_in_vain => {}
            Some(home) => self.give_orphan(room, home).await,
            None => self.adopt(room).await,
        }
    }

    /// Carries a room on here, with all who were in it.
    async fn adopt(&self, room: &BareJid) {
        if let Some((moved, ended)) = self.take_orphan(room).await {
            self.carry_on(moved, ended);
        }
    }

    /// What is left of a room of a lost member, and which sessions were lost with that one, for whoever carries it on here.
    pub(super) async fn take_orphan(&self, room: &BareJid) -> Option<(Moved, Arc<HashSet<FullJid>>)> {
        let orphan = self.muc.orphans.take(room)?;
        let ended = Arc::clone(&orphan.ended);
        let moved = self.revive(room, orphan).await?;
        self.muc.metrics.adopted.inc();
        Some((moved, ended))
    }

    /// Gives a room that nobody carries on to its home.
    async fn give_orphan(&self, room: &BareJid, home: NodeId) {
        let Some(orphan) = self.muc.orphans.take(room) else { return };
        if let Some(moved) = self.revive(room, orphan).await
            && let Err(err) = self.send_moved(home, moved).await
        {
            warn!(%room, member = %home, %err, "a room of a lost member found no heir; who is in it has to enter again");
        }
    }

    /// The room as it was, from what is left of it; from the database only if it has to be: who is in it does not wait.
    async fn revive(&self, room: &BareJid, orphan: Orphan) -> Option<Moved> {
        let Orphan { term, record, occupants, .. } = orphan;
        if let Some(record) = record {
            if is_stored(&record) {
                self.remember_later(room);
            }
            let parts = RoomParts { record, occupants, history: Vec::new(), is_destroyed: false };
            return Some(Moved { term, parts });
        }
        let Some(stored) = self.read_stored(room).await else {
            warn!(%room, "a room of a lost member is not known any more; who is in it has to enter again");
            return None;
        };
        Some(Moved { term, parts: RoomParts { occupants, ..stored } })
    }

    async fn read_stored(&self, room: &BareJid) -> Option<RoomParts> {
        let rooms_service = self.rooms_service_at(&Jid::from(room.clone())).await?;
        match self.stored_room(&rooms_service, room).await {
            Ok(stored) => stored,
            Err(err) => {
                warn!(%room, %err, "a room is not read from the database");
                None
            }
        }
    }

    /// Reads what was said in a room and gives it to the room, if it is here then.
    fn remember_later(&self, room: &BareJid) {
        let (Some(service), room) = (self.handle_for_task(), room.clone()) else { return };
        self.tasks.spawn("room history", async move {
            // Not all rooms of a lost member at once.
            let Ok(_turn) = service.muc.remembering.acquire().await else { return };
            if let Some(stored) = service.read_stored(&room).await {
                service.muc.hosted.tell(&room, Input::Remembered(stored.history));
            }
        });
    }
}
