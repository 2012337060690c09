//! What every member knows of the rooms: two replicated maps, written by the member that hosts a room.

use cobnut_mesh::{Entry, MapNumber, Replicated};
use cobnut_xmpp_proto::muc::service::RoomSummary;
use cobnut_xmpp_proto::muc::{OccupantRecord, RoomRecord};
use jid::{BareJid, FullJid};
use serde::{Deserialize, Serialize};

/// Rooms that are active, by bare JID.
#[derive(Debug)]
pub(crate) struct Rooms;

impl Replicated for Rooms {
    const NUMBER: MapNumber = MapNumber::ROOMS;
    const KEEPS_LOST: bool = true;
    type Key = String;
    type Value = RoomEntry;
}

/// A room as its host describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoomEntry {
    /// Counts the hosts of the room: of two members that have it, the one with the higher term keeps it, and the one with
    /// the smaller node id where terms are equal. Nobody needs to agree on anything else to see the same winner.
    pub(crate) term: u64,
    /// What lists show; the occupants are counted in the other map.
    pub(crate) summary: RoomSummary,
    /// What its heir needs. Missing where it is large and in the database.
    pub(crate) record: Option<RoomRecord>,
}

/// Sessions in rooms.
#[derive(Debug)]
pub(crate) struct RoomOccupants;

impl Replicated for RoomOccupants {
    const NUMBER: MapNumber = MapNumber::OCCUPANTS;
    const KEEPS_LOST: bool = true;
    type Key = OccupantKey;
    type Value = OccupantRecord;

    fn group(key: &OccupantKey) -> Option<&str> {
        Some(&key.room)
    }
}

/// One session in one room.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct OccupantKey {
    /// Bare JID of the room.
    pub(crate) room: String,
    /// Full JID of the session.
    pub(crate) session: String,
}

impl OccupantKey {
    pub(super) fn new(room: &BareJid, session: &FullJid) -> Self {
        Self { room: room.to_string(), session: session.to_string() }
    }
}

/// Of all who have a room, the one whose room it is.
pub(super) fn winner(claims: &[Entry<Rooms>]) -> Option<&Entry<Rooms>> {
    claims.iter().min_by_key(|claim| (std::cmp::Reverse(claim.value().term), claim.owner))
}
