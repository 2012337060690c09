//! What a service says about itself and its rooms (XEP-0045 §6), from this node's memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use cobnut_model::limits;
use cobnut_store::StoreError;
use cobnut_xmpp_proto::muc::service::{
    RoomSummary, search_form, search_rooms, service_info, service_items, unique_name,
};
use cobnut_xmpp_proto::muc::{Affiliation, Directory as _, RoomRecord};
use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::{BareJid, FullJid, Jid};
use minidom::Element;
use tokio::time::Instant;
use xmpp_parsers::ns;

use super::maps::winner;
use super::people::groups_of;
use super::settings::RoomsService;
use super::stored::{record_of, summary_of};
use crate::iq::{Answer, answer_to};
use crate::service::{Service, store_failure};

const SEARCH: &str = "jabber:iq:search";
const UNIQUE: &str = "http://jabber.org/protocol/muc#unique";

/// Stored rooms as last read, of all services.
#[derive(Debug, Default)]
pub(super) struct Listed {
    read: Mutex<Option<(Instant, Arc<Vec<Stored>>)>>,
    reading: tokio::sync::Mutex<()>,
}

/// A stored room in lists.
#[derive(Debug)]
struct Stored {
    service_id: i64,
    summary: RoomSummary,
    /// Who finds it though it is hidden.
    people: BTreeMap<Jid, Affiliation>,
}

/// The items of the domain (XEP-0030): its services with their names.
pub(crate) async fn services_of(service: &Service) -> Vec<(String, String)> {
    let services = service.rooms_services().await;
    let shown = services.values().filter(|service| !service.is_hidden);
    shown.map(|service| (service.address.to_string(), service.name.clone())).collect()
}

impl Service {
    /// Answers a request to a service.
    pub(super) async fn iq_to_rooms_service(&self, from: &FullJid, to: &Jid, iq: &Element) {
        if !matches!(iq.attr("type"), Some("get" | "set")) {
            return;
        }
        let Some(payload) = iq.children().next() else { return };
        let answer = match self.rooms_service_at(to).await {
            Some(rooms_service) => {
                let is_get = iq.attr("type") == Some("get");
                self.answer_of_rooms_service(&rooms_service, from, payload, is_get).await
            }
            None => Err(Condition::ServiceUnavailable),
        };
        let mut reply = answer_to(iq, answer);
        reply.put_attr("from", to.to_string());
        self.deliver_here(from, &stanza_bytes(&reply));
    }

    async fn answer_of_rooms_service(
        &self,
        rooms_service: &Arc<RoomsService>,
        from: &FullJid,
        payload: &Element,
        is_get: bool,
    ) -> Answer {
        let has_node = payload.attr("node").is_some_and(|node| !node.is_empty());
        match (payload.name(), payload.ns().as_str()) {
            ("query", ns::DISCO_INFO | ns::DISCO_ITEMS) if has_node => Err(Condition::ItemNotFound),
            ("query", ns::DISCO_INFO) if is_get => Ok(Some(service_info(&rooms_service.name, &[]))),
            ("query", ns::DISCO_ITEMS) if is_get => {
                let rooms = self.rooms_shown_to(rooms_service, &from.to_bare()).await?;
                service_items(payload, &rooms).map(Some)
            }
            ("query", SEARCH) if is_get => Ok(Some(search_form())),
            ("query", SEARCH) => {
                let rooms = self.rooms_shown_to(rooms_service, &from.to_bare()).await?;
                search_rooms(payload, &rooms).map(Some)
            }
            ("ping", ns::PING) if is_get => Ok(None),
            ("unique", UNIQUE) if is_get => Ok(Some(unique_name(rand::random()))),
            _ => Err(Condition::ServiceUnavailable),
        }
    }

    /// The rooms of a service that somebody may know of: those that are active anywhere, and the stored ones.
    async fn rooms_shown_to(
        &self,
        rooms_service: &Arc<RoomsService>,
        user: &BareJid,
    ) -> Result<Vec<RoomSummary>, Condition> {
        let people = self.people(rooms_service, &groups_of(rooms_service, None)).await;
        let is_sysadmin = people.is_sysadmin(user);
        let mut rooms: BTreeMap<BareJid, (RoomSummary, Affiliation)> = BTreeMap::new();
        for stored in self.stored_rooms().await.map_err(|err| store_failure(&err))?.iter() {
            if stored.service_id == rooms_service.id {
                let affiliation = stored.people.get::<Jid>(user).copied().unwrap_or_default();
                rooms.insert(stored.summary.room.clone(), (stored.summary.clone(), affiliation));
            }
        }
        for (summary, record) in self.active_rooms(&rooms_service.address) {
            let listed = record.as_ref().and_then(|record| record.people.get::<Jid>(user));
            let known = rooms.get(&summary.room).map(|(_, affiliation)| *affiliation).unwrap_or_default();
            let affiliation = listed
                .map_or(if record.is_some() { Affiliation::None } else { known }, |listed| {
                    listed.affiliation
                });
            rooms.insert(summary.room.clone(), (summary, affiliation));
        }
        let affiliation_of = |own| if is_sysadmin { Affiliation::Owner } else { own };
        Ok(rooms
            .into_values()
            .filter(|(room, own)| room.is_shown(affiliation_of(*own), &rooms_service.settings))
            .map(|(room, _)| room)
            .collect())
    }

    /// Active rooms as their hosts describe them, with the occupants that they have now.
    fn active_rooms(&self, address: &BareJid) -> Vec<(RoomSummary, Option<RoomRecord>)> {
        let mut rooms = BTreeMap::new();
        for entry in self.muc.rooms.entries() {
            if entry.value().summary.room.domain() == address.domain() {
                rooms.entry(entry.key().clone()).or_insert_with(Vec::new).push(entry);
            }
        }
        let describe = |claims: Vec<cobnut_mesh::Entry<super::maps::Rooms>>| {
            let entry = winner(&claims)?;
            let mut summary = entry.value().summary.clone();
            summary.occupants = self.occupants_of(entry.key(), entry.owner);
            Some((summary, entry.value().record.clone()))
        };
        rooms.into_values().filter_map(describe).collect()
    }

    /// Occupants of a room; several sessions with one nickname count once.
    fn occupants_of(&self, room: &str, host: cobnut_model::NodeId) -> u32 {
        let entries = self.muc.occupants.in_group(room);
        let own = entries.iter().filter(|entry| entry.owner == host);
        let nicks: std::collections::HashSet<&str> = own.map(|entry| entry.value().nick.as_str()).collect();
        u32::try_from(nicks.len()).unwrap_or(u32::MAX)
    }

    /// The stored rooms, not older than [`limits::ROOM_LIST_FRESH_TIME`]; one reads for all who ask meanwhile.
    async fn stored_rooms(&self) -> Result<Arc<Vec<Stored>>, StoreError> {
        let fresh = || {
            let read = self.muc.listed.read.lock().unwrap_or_else(PoisonError::into_inner).clone();
            read.filter(|(at, _)| at.elapsed() < limits::ROOM_LIST_FRESH_TIME).map(|(_, rooms)| rooms)
        };
        if let Some(rooms) = fresh() {
            return Ok(rooms);
        }
        let _turn = self.muc.listed.reading.lock().await;
        if let Some(rooms) = fresh() {
            return Ok(rooms);
        }
        let services = self.rooms_services().await;
        let mut rooms = Vec::new();
        for row in self.store.rooms().await? {
            let Some(service) = services.values().find(|service| service.id == row.service_id) else {
                continue;
            };
            // Who is on the lists matters for what is hidden from the others only.
            let is_hidden = !row.is_public
                || (row.is_members_only && !service.settings.lists_members_only)
                || (row.locked_since.is_some() && !service.settings.lists_locked);
            let people = if is_hidden { self.store.room_people(row.id).await? } else { Vec::new() };
            let Some(record) = record_of(&row, people, &service.address, [0; 32]) else { continue };
            let people =
                record.people.iter().map(|(jid, listed)| (jid.clone(), listed.affiliation)).collect();
            rooms.push(Stored { service_id: row.service_id, summary: summary_of(record), people });
        }
        let rooms = Arc::new(rooms);
        let read = Some((Instant::now(), Arc::clone(&rooms)));
        *self.muc.listed.read.lock().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(rooms)
    }
}

impl Listed {
    /// The stored rooms have changed.
    pub(super) fn outdate(&self) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
