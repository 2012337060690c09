//! What follows from an input: first what must not be lost, then what the others see.

use std::sync::Arc;

use bytes::Bytes;
use cobnut_model::limits;
use cobnut_store::Retirement;
use cobnut_xmpp_proto::muc::{Change, Delivery, OccupantChange, OccupantRecord, Outcome, RoomRecord};
use cobnut_xmpp_proto::stanza::{ElementExt as _, with_to};
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use jid::{BareJid, FullJid, Jid};
use minidom::Element;
use tracing::debug;

use super::actor::{Active, Actor, State};
use super::host::Parcel;
use super::load::keys_of;
use super::maps::{OccupantKey, RoomEntry};
use super::people::groups_of;
use super::stored::is_stored;
use super::writer::Write;
use crate::iq::{IqRequest, Target, answer_to};
use crate::service::{Recipients, Service};
use crate::xep;

impl Actor {
    /// Carries out what the room decided.
    pub(super) async fn publish(&mut self, outcome: Outcome) {
        let State::Active(active) = &mut self.state else { return };
        let is_important = self.service.store_changes(active, &outcome.changes);
        if is_important {
            active.groups = groups_of(&active.rooms_service, Some(active.room.record()));
            // Who changed settings is answered when they are kept, unless the database takes its time.
            self.service.muc.writer.flushed(&active.place, limits::ROOM_WRITE_PATIENCE).await;
            self.service.muc.listed.outdate();
        }
        self.service.replicate(&self.address, outcome.occupants);
        let State::Active(active) = &mut self.state else { return };
        let is_over = active.room.is_discardable();
        if !is_over {
            let is_new = !active.is_published;
            let concerns_entry = |change: &Change| {
                matches!(change, Change::Settings | Change::Subject | Change::Affiliation { .. })
            };
            if is_new || outcome.changes.iter().any(concerns_entry) {
                self.put_entry();
            }
        }
        self.note_emptiness();
        for (number, delivery) in outcome.deliver.into_iter().enumerate() {
            if number > 0 && number % limits::ROOM_BURST == 0 {
                tokio::time::sleep(limits::ROOM_BURST_PAUSE).await;
            }
            if !self.service.deliver_from_room(&self.address, delivery).await {
                self.suspect();
            }
        }
        for lookup in outcome.lookups {
            let State::Active(active) = &self.state else { break };
            self.service.look_up_in_room(active.place.clone(), lookup);
        }
        if is_over {
            self.forget();
        }
    }

    /// Tells all members that the room is here, and what lists show of it.
    pub(super) fn put_entry(&mut self) {
        let State::Active(active) = &mut self.state else { return };
        let first = !std::mem::replace(&mut active.is_published, true);
        if first {
            self.service.muc.metrics.active.inc();
        }
        let mut summary = active.room.summary();
        // Counted in the other map: the entry does not change with everybody who comes.
        summary.occupants = 0;
        let record = active.room.record();
        let is_left_out = is_stored(record) && size_of(record) > limits::ROOM_RECORD_BYTES_MAX;
        let record = (!is_left_out).then(|| record.clone());
        self.service
            .muc
            .rooms
            .put(self.address.to_string(), RoomEntry { term: active.term, summary, record });
    }

    /// Tells all members of occupants who come with a room.
    pub(super) fn put_occupants(&self, occupants: Vec<OccupantRecord>) {
        let changes = occupants.into_iter().map(OccupantChange::Set).collect();
        self.service.replicate(&self.address, changes);
    }

    /// There is no room any more, or it is elsewhere.
    pub(super) fn forget(&mut self) {
        let (State::Active(active) | State::Resigned(active, _)) =
            std::mem::replace(&mut self.state, State::Absent)
        else {
            return;
        };
        let muc = &self.service.muc;
        for key in keys_of(&active.room) {
            self.service.unseat(&self.address, &key);
        }
        if active.is_published {
            muc.rooms.remove(&self.address.to_string());
            muc.metrics.active.dec();
        }
        muc.writer.put(&active.place, Write::Forget);
        debug!(room = %self.address, "room is not active here any more");
    }
}

/// Bytes of a record in the map.
fn size_of(record: &RoomRecord) -> usize {
    postcard::experimental::serialized_size(record).unwrap_or(usize::MAX)
}

impl Service {
    /// Queues what has to be stored. Returns whether there was something that somebody relies on.
    fn store_changes(&self, active: &Active, changes: &[Change]) -> bool {
        let record = active.room.record();
        let is_kept = is_stored(record);
        let mut is_important = false;
        let put = |write: Write| self.muc.writer.put(&active.place, write);
        for change in changes {
            match change {
                Change::Settings if is_kept => put(Write::Save(Box::new(record.clone()))),
                Change::Settings | Change::Discarded => put(Write::Remove(Box::new(record.clone()), None)),
                Change::Destroyed { alternate, reason } => {
                    let retirement = record.config.is_retired_on_deletion.then(|| Retirement {
                        alternate: alternate.as_ref().map(ToString::to_string),
                        reason: reason.clone(),
                    });
                    put(Write::Remove(Box::new(record.clone()), retirement));
                }
                Change::Subject if is_kept => put(Write::Subject(record.subject.clone())),
                Change::Affiliation { address, affiliation, nickname } if is_kept => put(Write::Person {
                    address: address.clone(),
                    affiliation: *affiliation,
                    nickname: nickname.clone(),
                }),
                Change::Said { entry, number } if is_kept && record.config.is_logged => {
                    put(Write::Said(entry.clone(), *number));
                }
                Change::Occupied if is_kept => put(Write::Empty(None)),
                Change::Emptied(at) if is_kept => put(Write::Empty(Some(*at))),
                _ => {}
            }
            is_important |=
                matches!(change, Change::Settings | Change::Affiliation { .. } | Change::Destroyed { .. });
        }
        is_important
    }

    /// Tells all members who is in a room of this node.
    fn replicate(&self, room: &BareJid, changes: Vec<OccupantChange>) {
        for change in changes {
            match change {
                OccupantChange::Set(record) => {
                    let is_new = self.muc.seats.entry(record.jid.clone()).or_default().insert(room.clone());
                    if is_new {
                        self.muc.metrics.occupants.inc();
                    }
                    self.muc.occupants.put(OccupantKey::new(room, &record.jid), record);
                }
                OccupantChange::Removed { jid, .. } => self.unseat(room, &OccupantKey::new(room, &jid)),
            }
        }
    }

    fn unseat(&self, room: &BareJid, key: &OccupantKey) {
        self.muc.occupants.remove(key);
        let Ok(jid) = FullJid::new(&key.session) else { return };
        let was_there = self.muc.seats.get_mut(&jid).is_some_and(|mut rooms| rooms.remove(room));
        self.muc.seats.remove_if(&jid, |_, rooms| rooms.is_empty());
        if was_there {
            self.muc.metrics.occupants.dec();
        }
    }

    /// Brings a stanza of a room to those it is for. Returns whether all sessions among them are known here.
    async fn deliver_from_room(&self, room: &BareJid, delivery: Delivery) -> bool {
        let mut recipients = Recipients::new();
        let mut are_known = true;
        for to in delivery.to.iter() {
            match to.try_as_full() {
                Ok(session) => match self.cluster.sessions().get(session) {
                    Some(entry) => recipients.add([entry]),
                    None => are_known = false,
                },
                Err(account) => self.deliver_to_account(room, account, &delivery.stanza),
            }
        }
        self.fan_out(recipients, &delivery.stanza).await;
        are_known
    }

    /// Invitations go to wherever the account is; what is asked of it is answered here. The room does not wait for either.
    fn deliver_to_account(&self, room: &BareJid, account: &BareJid, stanza: &Bytes) {
        if !self.is_ours(account) {
            debug!(%room, %account, "other domains cannot be reached");
            return;
        }
        let Ok(stanza) = parse_stanza(&with_to(stanza, account.as_str())) else { return };
        let Some(service) = self.handle_for_task() else { return };
        let (room, account) = (room.clone(), account.clone());
        self.tasks.spawn("room to account", async move {
            match stanza.name() {
                "message" => service.route_to_account(&account, stanza).await,
                "iq" => service.ask_account(room, account, stanza).await,
                _ => {}
            }
        });
    }

    async fn ask_account(self: Arc<Self>, room: BareJid, account: BareJid, iq: Element) {
        let asker = iq.attr("from").and_then(|from| FullJid::new(from).ok());
        let (Some(asker), Some(payload)) = (asker, iq.children().next()) else { return };
        let is_set = iq.attr("type") == Some("set");
        let request = IqRequest { from: &asker, target: Target::Account(account.clone()), is_set, payload };
        let mut reply = answer_to(&iq, xep::answer(&self, &request).await);
        reply.put_attr("from", Jid::from(account).to_string());
        self.pass_to_room(Parcel { room, hops: 0, stanza: stanza_bytes(&reply) });
    }
}
