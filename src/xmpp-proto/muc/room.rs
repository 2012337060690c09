//! The room itself: its state, and which part of it takes a stanza.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cobnut_model::limits;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jid::{BareJid, FullJid, Jid};
use minidom::Element;
use sha2::Sha256;

use super::history::History;
use super::occupants::{Occupant, Occupants, Session};
use super::presence::{Notice, cleaned};
use super::{
    Affiliation, Context, Lock, OccupantRecord, Outcome, RoomConfig, RoomParts, RoomPolicy, RoomRecord, ns,
};
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::ns::CLIENT;

/// One room, on the member that is its home.
#[derive(Debug, Clone)]
pub struct Room {
    pub(super) record: RoomRecord,
    pub(super) policy: RoomPolicy,
    pub(super) occupants: Occupants,
    pub(super) history: History,
    /// Nobody is in it any more, and nobody may enter.
    pub(super) is_destroyed: bool,
}

/// Where in the room a stanza goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Room,
    Nick(String),
}

impl Room {
    /// A room without occupants and history.
    pub fn new(record: RoomRecord, policy: RoomPolicy) -> Self {
        Self::from_parts(
            RoomParts { record, occupants: Vec::new(), history: Vec::new(), is_destroyed: false },
            policy,
        )
    }

    /// Carries on a room that another member had.
    pub fn from_parts(parts: RoomParts, policy: RoomPolicy) -> Self {
        let mut history = History::default();
        for entry in parts.history {
            history.push(entry, policy.history_messages);
        }
        let occupants = Occupants::from_records(parts.occupants);
        Self { record: parts.record, policy, occupants, history, is_destroyed: parts.is_destroyed }
    }

    /// All that another member needs to carry it on.
    pub fn parts(&self) -> RoomParts {
        RoomParts {
            record: self.record.clone(),
            occupants: self.occupants(),
            history: self.history.entries().cloned().collect(),
            is_destroyed: self.is_destroyed,
        }
    }

    /// What lasts.
    pub fn record(&self) -> &RoomRecord {
        &self.record
    }

    /// Its settings.
    pub fn config(&self) -> &RoomConfig {
        &self.record.config
    }

    /// Its address.
    pub fn jid(&self) -> &BareJid {
        &self.record.room
    }

    /// All sessions in it, ordered by nickname.
    pub fn occupants(&self) -> Vec<OccupantRecord> {
        self.occupants.iter().flat_map(Occupant::records).collect()
    }

    /// Occupants; several sessions with one nickname count once.
    pub fn occupant_count(&self) -> usize {
        self.occupants.len()
    }

    /// The nickname of a session in the room.
    pub fn nick_of(&self, session: &FullJid) -> Option<&str> {
        self.occupants.of_session(session).map(|occupant| occupant.nick.as_str())
    }

    /// Whether nothing of it has to stay: nobody is there and it is not persistent, its owner left before it was
    /// configured (XEP-0045 §10.1.3), or it was destroyed.
    pub fn is_discardable(&self) -> bool {
        let stays = self.record.config.is_persistent && !matches!(self.record.lock, Lock::Creating(_));
        self.is_destroyed || (self.occupants.is_empty() && !stays)
    }

    /// Forgets what was said, on the operator's behalf; what was logged is not ours.
    pub fn clear_history(&mut self) {
        self.history.clear();
    }

    /// What a person is to the room; administrators of the service count as owners.
    pub fn affiliation_of(&self, user: &BareJid, context: &Context<'_>) -> Affiliation {
        if context.directory.is_sysadmin(user) {
            Affiliation::Owner
        } else {
            self.listed_affiliation(user, context)
        }
    }

    /// What the lists say. Compat: as in Openfire, groups on a higher list win, and outcasts over members.
    pub(super) fn listed_affiliation(&self, user: &BareJid, context: &Context<'_>) -> Affiliation {
        let own = self.record.people.get::<Jid>(user).map(|listed| listed.affiliation);
        let in_groups = self.record.people.iter().filter(|(address, _)| address.is_full());
        let in_groups = in_groups.filter(|(group, _)| context.directory.is_in_group(group, user));
        let rank = |affiliation: &Affiliation| match affiliation {
            Affiliation::None => 0,
            Affiliation::Member => 1,
            Affiliation::Outcast => 2,
            Affiliation::Admin => 3,
            Affiliation::Owner => 4,
        };
        own.into_iter()
            .chain(in_groups.map(|(_, listed)| listed.affiliation))
            .max_by_key(rank)
            .unwrap_or_default()
    }

    /// Takes a stanza that `from` sent to the room or to `room/nick`. `from` is a session, or the bare JID of an
    /// account that answers a question. The outcome of a stanza that is not for this room is empty.
    pub fn handle(&mut self, from: &Jid, stanza: &Element, context: &Context<'_>) -> Outcome {
        let mut out = Outcome::default();
        let to = stanza.attr("to").and_then(|to| Jid::new(to).ok());
        let Some(to) = to.filter(|to| to.to_bare() == self.record.room) else { return out };
        let target = to.resource().map_or(Target::Room, |nick| Target::Nick(nick.as_str().to_owned()));
        if self.is_destroyed {
            out.refuse(from, stanza, Condition::ItemNotFound);
            return out;
        }
        match stanza.name() {
            "presence" => self.presence(from, &target, stanza, context, &mut out),
            "message" => self.message(from, &target, stanza, context, &mut out),
            _ => self.iq(from, &target, stanza, context, &mut out),
        }
        out
    }

    fn presence(
        &mut self,
        from: &Jid,
        target: &Target,
        presence: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let Ok(session) = from.try_as_full() else {
            return out.refuse(from, presence, Condition::JidMalformed);
        };
        if presence.attr("type").is_none() && cleaned(presence).len() > limits::PRESENCE_BYTES_MAX {
            return out.refuse(from, presence, Condition::PolicyViolation);
        }
        let current = self.nick_of(session).map(str::to_owned);
        match (presence.attr("type"), target, current) {
            (Some("unavailable"), _, Some(_)) => self.leave(session, presence, context, out),
            (Some("unavailable"), Target::Nick(nick), None) => {
                self.confirm_absence(session, nick, presence, context, out);
            }
            (Some("error"), _, Some(_)) => self.drop_ghost(session, context, out),
            (Some(_), _, _) => {}
            // Compat: Spark sends its own status to the room without a nickname.
            (None, Target::Room, Some(nick)) => self.update(session, &nick, presence, context, out),
            (None, Target::Room, None) => out.refuse(from, presence, Condition::JidMalformed),
            (None, Target::Nick(nick), Some(current)) if *nick == current => {
                if presence.has_child("x", ns::MUC) {
                    self.enter_again(session, presence, context, out);
                } else {
                    self.update(session, &current, presence, context, out);
                }
            }
            (None, Target::Nick(nick), Some(_)) => self.change_nick(session, nick, presence, context, out),
            (None, Target::Nick(nick), None) => self.enter(session, nick, presence, context, out),
        }
    }

    /// Takes a new presence of an occupant and tells the others (XEP-0045 §7.7).
    fn update(
        &mut self,
        session: &FullJid,
        nick: &str,
        presence: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        self.set_presence(session, nick, presence, context);
        let Some(occupant) = self.occupants.get(nick) else { return };
        let notice = Notice { answer: Some((session, presence.attr("id"))), ..Notice::default() };
        self.tell_all(occupant, &notice, out);
        self.claim(nick, out);
    }

    pub(super) fn set_presence(
        &mut self,
        session: &FullJid,
        nick: &str,
        presence: &Element,
        context: &Context<'_>,
    ) {
        let stamp = self.occupants.next_stamp(context.now);
        let presence = cleaned(presence);
        if let Some(kept) =
            self.occupants.get_mut(nick).and_then(|occupant| occupant.sessions.get_mut(session))
        {
            *kept = Session { presence, stamp };
        }
    }

    /// The address of an occupant.
    pub(super) fn occupant_jid(&self, nick: &str) -> String {
        // Nicknames were parts of JIDs when they came in.
        self.record
            .room
            .with_resource_str(nick)
            .map_or_else(|_| self.record.room.to_string(), |jid| jid.to_string())
    }

    /// The identifier of a person in this room (XEP-0421): the same for all their sessions and visits.
    pub(super) fn occupant_id(&self, user: &BareJid) -> Element {
        let id = URL_SAFE_NO_PAD.encode(self.mac(&[user.as_str()]));
        Element::bare("occupant-id", ns::OCCUPANT_ID).with_attr("id", id)
    }

    /// A code of texts that nobody else can make. Their number is fixed for each use, and none holds a zero.
    pub(super) fn mac(&self, texts: &[&str]) -> [u8; 32] {
        mac(&self.record.occupant_id_key, texts)
    }

    /// A message from the room itself to its occupants.
    pub(super) fn room_message(&self, id: &str) -> Element {
        Element::bare("message", CLIENT)
            .with_attr("type", "groupchat")
            .with_attr("id", id)
            .with_attr("from", self.record.room.as_str())
    }

    pub(super) fn is_locked(&self) -> bool {
        self.record.lock != Lock::Open
    }
}

/// See [`Room::mac`].
pub(super) fn mac(key: &[u8; 32], texts: &[&str]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            mac.update(&[0]);
        }
        mac.update(text.as_bytes());
    }
    mac.finalize().into_bytes().into()
}
