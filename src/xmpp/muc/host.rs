//! The rooms that this node hosts: a queue for each.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use cobnut_model::{NodeId, limits};
use cobnut_xmpp_proto::muc::{LogEntry, Loss};
use cobnut_xmpp_proto::stanza::start_tag_attr;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use jid::{BareJid, FullJid};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::actor::Actor;
use super::wire::Moved;
use crate::service::Service;

/// A stanza for a room, on its way.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    /// The room.
    pub(super) room: BareJid,
    /// Members that have sent it so far.
    pub(super) hops: u8,
    /// With `from` and `to`.
    pub(super) stanza: Bytes,
}

impl Parcel {
    /// A stanza as another member sent it. `None` if it says no room.
    pub(super) fn read(hops: u8, stanza: Bytes) -> Option<Self> {
        let to = start_tag_attr(&stanza, "to")?;
        Some(Self { room: jid::Jid::new(&to).ok()?.into_bare(), hops, stanza })
    }
}

/// What a room takes.
#[derive(Debug)]
pub(super) enum Input {
    /// A stanza.
    Stanza(Parcel),
    /// The same room from another member or from its remains: to be carried on here, or to become one with this one.
    Moved {
        /// The room.
        moved: Box<Moved>,
        /// Sessions that are known to be gone.
        ended: Arc<HashSet<FullJid>>,
    },
    /// Sessions that may be in the room are gone.
    Lost(Vec<FullJid>, Loss),
    /// What was said before, from the database.
    Remembered(Vec<LogEntry>),
    /// The room is to go to another member.
    HandTo(NodeId),
    /// Another member has the room, too, or may have taken it over: look who keeps it.
    Rival,
}

/// What became of an input.
#[derive(Debug)]
pub(super) enum Offered {
    /// The room has it.
    Taken,
    /// Too many wait; who likes may wait, too.
    Full(Input, mpsc::Sender<Input>),
    /// Too many rooms are active here.
    TooMany,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Hosted(DashMap<BareJid, mpsc::Sender<Input>>);

impl Hosted {
    /// Whether a room is hosted here, or being loaded.
    pub(super) fn contains(&self, room: &BareJid) -> bool {
        self.0.contains_key(room)
    }

    /// All of them.
    pub(super) fn rooms(&self) -> Vec<BareJid> {
        self.0.iter().map(|hosted| hosted.key().clone()).collect()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Offers something to a room that is hosted here; nothing is started for it. Returns whether it was taken: what is
    /// told so is found out again later.
    pub(super) fn tell(&self, room: &BareJid, input: Input) -> bool {
        self.0.get(room).is_some_and(|queue| queue.try_send(input).is_ok())
    }

    /// Ends the hosting of a room that has nothing left to do; `queue` is its end of the queue. Nothing comes in after that but
    /// what somebody was about to put in.
    pub(super) fn end(
        &self,
        room: &BareJid,
        queue: &mpsc::Receiver<Input>,
        own: &mpsc::Sender<Input>,
    ) -> bool {
        self.0.remove_if(room, |_, held| held.same_channel(own) && queue.is_empty()).is_some()
    }
}

impl Service {
    /// Gives something to a room of this node, and starts the room if it is not active.
    pub(super) fn offer(&self, room: &BareJid, input: Input) -> Offered {
        if !self.muc.hosted.contains(room) && self.muc.hosted.len() >= limits::ROOMS_HOSTED_MAX {
            return Offered::TooMany;
        }
        let mut slot = match self.muc.hosted.0.entry(room.clone()) {
            Entry::Vacant(slot) => slot.insert(mpsc::channel(1).0),
            Entry::Occupied(held) => held.into_ref(),
        };
        let input = match slot.try_send(input) {
            Ok(()) => return Offered::Taken,
            Err(TrySendError::Full(input)) => return Offered::Full(input, slot.clone()),
            // New, or its task was ended by a bug.
            Err(TrySendError::Closed(input)) => input,
        };
        let (queue, receiver) = mpsc::channel(limits::ROOM_QUEUE_MAX);
        // There is room in an empty queue.
        let _ = queue.try_send(input);
        if let Some(service) = self.handle_for_task() {
            let actor = Actor::new(service, room.clone(), queue.clone(), receiver);
            self.tasks.spawn("room", actor.run());
        }
        *slot = queue;
        Offered::Taken
    }
}
