//! How a room becomes active: from what is left of it, from the database, or new.

use cobnut_store::StoreError;
use cobnut_xmpp_proto::muc::{LogEntry, Room, RoomParts, RoomRecord};
use cobnut_xmpp_proto::stanza::Condition;
use jid::{BareJid, Jid};
use minidom::Element;
use sha2::{Digest as _, Sha256};
use tracing::info;

use super::actor::{Active, Actor};
use super::maps::OccupantKey;
use super::people::groups_of;
use super::settings::RoomsService;
use super::stored::{SINCE_EVER, record_of, said_from};
use crate::service::{Service, now, store_failure};

/// XEP-0045.
const MUC: &str = "http://jabber.org/protocol/muc";

impl Actor {
    /// The room for a stanza from somebody. The error is for them.
    pub(super) async fn load_for(&self, from: &Jid, stanza: &Element) -> Result<Active, Condition> {
        let service = &self.service;
        let address = Jid::from(self.address.clone());
        let rooms_service =
            service.rooms_service_at(&address).await.ok_or(Condition::RemoteServerNotFound)?;
        let policy = rooms_service.settings.policy.clone();
        if let Some((term, parts)) = self.own_remains() {
            return Ok(Active::new(Room::from_parts(parts, policy), rooms_service, term + 1));
        }
        let stored = service.stored_room(&rooms_service, &self.address).await;
        if let Some(parts) = stored.map_err(|err| store_failure(&err))? {
            return Ok(Active::new(Room::from_parts(parts, policy), rooms_service, 1));
        }
        if !is_entering(stanza) {
            return Err(Condition::ItemNotFound);
        }
        self.may_create(&rooms_service, &from.to_bare()).await?;
        let key = service.occupant_id_key(&self.address).await.map_err(|err| store_failure(&err))?;
        let config = rooms_service.settings.room.clone();
        let record = RoomRecord::new(self.address.clone(), from.to_bare(), config, key, now());
        Ok(Active::new(Room::new(record, policy), rooms_service, 1))
    }

    /// What a task of this room left in the maps that was ended by a bug.
    fn own_remains(&self) -> Option<(u64, RoomParts)> {
        let muc = &self.service.muc;
        let key = self.address.to_string();
        let own = muc.rooms.own(&key)?;
        let record = own.value().record.clone()?;
        let occupants = muc.occupants.in_group(&key).into_iter().filter(|entry| entry.owner == own.owner);
        let occupants = occupants.map(|entry| entry.value().clone()).collect();
        info!(room = %self.address, "room carried on from what the members know of it");
        let parts = RoomParts { record, occupants, history: Vec::new(), is_destroyed: false };
        Some((own.value().term, parts))
    }

    async fn may_create(
        &self,
        rooms_service: &std::sync::Arc<RoomsService>,
        user: &BareJid,
    ) -> Result<(), Condition> {
        // An owner is kept for as long as the room, which nobody without an account is.
        if self.service.is_anonymous(user) {
            return Err(Condition::NotAllowed);
        }
        let name = self.address.node().ok_or(Condition::BadRequest)?;
        let is_retired = self.service.store.is_room_retired(rooms_service.id, name.as_str()).await;
        if is_retired.map_err(|err| store_failure(&err))? {
            return Err(Condition::NotAllowed);
        }
        let people = self.service.people(rooms_service, &groups_of(rooms_service, None)).await;
        let is_registered = self.service.is_ours(user);
        let is_in_group = |group: &Jid| cobnut_xmpp_proto::muc::Directory::is_in_group(&people, group, user);
        let may = rooms_service.settings.may_create(user, is_registered, is_in_group);
        if may { Ok(()) } else { Err(Condition::NotAllowed) }
    }
}

/// Whether somebody wants to enter (XEP-0045 §7.2.1).
fn is_entering(stanza: &Element) -> bool {
    let has_nick = stanza.attr("to").and_then(|to| Jid::new(to).ok()).is_some_and(|to| to.is_full());
    stanza.name() == "presence" && stanza.attr("type").is_none() && has_nick && stanza.has_child("x", MUC)
}

impl Service {
    /// A room as the database has it, without occupants.
    pub(super) async fn stored_room(
        &self,
        rooms_service: &RoomsService,
        room: &BareJid,
    ) -> Result<Option<RoomParts>, StoreError> {
        let Some(name) = room.node() else { return Ok(None) };
        let Some(row) = self.store.room(rooms_service.id, name.as_str()).await? else { return Ok(None) };
        let people = self.store.room_people(row.id).await?;
        let key = self.occupant_id_key(room).await?;
        let Some(record) = record_of(&row, people, &rooms_service.address, key) else { return Ok(None) };
        let count = u32::try_from(rooms_service.settings.policy.history_messages).unwrap_or(u32::MAX);
        let said = match count {
            0 => Vec::new(),
            count => self.store.room_history(row.id, count, SINCE_EVER).await?,
        };
        let history: Vec<LogEntry> = said.into_iter().filter_map(|row| said_from(room, row)).collect();
        Ok(Some(RoomParts { record, occupants: Vec::new(), history, is_destroyed: false }))
    }

    /// Makes the identifiers of a room's occupants (XEP-0421): the same on every node, another one for every room.
    async fn occupant_id_key(&self, room: &BareJid) -> Result<[u8; 32], StoreError> {
        let secret = self.muc.secret.get_or_try_init(|| self.store.room_secret()).await?;
        let mut hash = Sha256::new();
        hash.update(secret);
        hash.update(room.as_str());
        Ok(hash.finalize().into())
    }
}

/// The keys of a room's occupants in the map.
pub(super) fn keys_of(room: &Room) -> Vec<OccupantKey> {
    room.occupants().iter().map(|occupant| OccupantKey::new(room.jid(), &occupant.jid)).collect()
}
