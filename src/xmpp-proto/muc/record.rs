//! What lasts of a room: what another member needs, besides the occupants, to carry it on.

use std::collections::BTreeMap;

use bytes::Bytes;
use cobnut_model::UnixMillis;
use jid::{BareJid, FullJid, Jid};
use minidom::Element;
use serde::{Deserialize, Serialize};

use super::history::LogEntry;
use super::{Affiliation, Role, RoomConfig};
use crate::stanza::ElementExt as _;
use crate::xml::{ns::CLIENT, parse_stanza, stanza_bytes};

/// Whether others than owners may enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Lock {
    /// They may.
    #[default]
    Open,
    /// Its owner has not finished creating it (XEP-0045 §10.1). Openfire's `lockedDate` equals `creationDate`.
    Creating(UnixMillis),
    /// An administrator of the service locked it.
    Manual(UnixMillis),
}

/// One line of a room's lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Never [`Affiliation::None`].
    pub affiliation: Affiliation,
    /// The nickname that nobody else may use (XEP-0045 §7.10); in `ofMucMember`, see
    /// [`RoomRecord::list`].
    pub nickname: Option<String>,
}

/// The subject of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The message that set it, without `to`, as [`crate::xml::stanza_bytes`] writes it.
    pub stanza: Bytes,
    /// When.
    pub at: UnixMillis,
}

impl Subject {
    /// Reads Openfire's `ofMucRoom.subject`: a whole message stanza from version 38 of the schema on, text before.
    pub fn from_stored(text: &str, room: &BareJid, at: UnixMillis) -> Self {
        let stanza = parse_stanza(text.as_bytes())
            .ok()
            .filter(|stanza| stanza.is("message", CLIENT) && stanza.has_child("subject", CLIENT));
        let mut stanza = stanza.unwrap_or_else(|| {
            let subject = Element::bare("subject", CLIENT).with_text(text);
            Element::bare("message", CLIENT)
                .with_attr("type", "groupchat")
                .with_attr("from", room.as_str())
                .with_child(subject)
        });
        stanza.take_attr("to");
        Self { stanza: stanza_bytes(&stanza), at }
    }

    /// The text that people read; empty if the subject was taken away.
    pub fn text(&self) -> String {
        let stanza = parse_stanza(&self.stanza).ok();
        let subject = stanza.as_ref().and_then(|stanza| stanza.get_child("subject", CLIENT));
        subject.map(Element::text).unwrap_or_default()
    }
}

/// A room without its occupants and its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRecord {
    /// Its address.
    pub room: BareJid,
    /// Its settings.
    pub config: RoomConfig,
    /// Owners, administrators, members and outcasts. A bare JID is a person; a full JID is Openfire's way to write a
    /// whole group, see [`super::Directory::is_in_group`].
    pub people: BTreeMap<Jid, Listed>,
    /// Its subject, if one was ever set.
    pub subject: Option<Subject>,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When its settings were changed last.
    pub modified_at: UnixMillis,
    /// Whether others than owners may enter.
    pub lock: Lock,
    /// Makes occupant identifiers (XEP-0421) of real addresses. The same on every member, or identifiers change when
    /// the room moves.
    pub occupant_id_key: [u8; 32],
}

impl RoomRecord {
    /// A room that its creator has to configure first (XEP-0045 §10.1). Compat: as in Openfire, name and description
    /// are the local part of the address until somebody gives others.
    pub fn new(
        room: BareJid,
        creator: BareJid,
        mut config: RoomConfig,
        key: [u8; 32],
        now: UnixMillis,
    ) -> Self {
        let local = room.node().map_or("", |node| node.as_str());
        for text in [&mut config.name, &mut config.description] {
            if text.is_empty() {
                local.clone_into(text);
            }
        }
        let owner = Listed { affiliation: Affiliation::Owner, nickname: None };
        Self {
            room,
            config,
            people: BTreeMap::from([(creator.into(), owner)]),
            subject: None,
            created_at: now,
            modified_at: now,
            lock: Lock::Creating(now),
            occupant_id_key: key,
        }
    }

    /// Adds a line read from Openfire's tables, in any order: somebody in `ofMucAffiliation` may be in `ofMucMember`,
    /// too. Who owns or administers the room does; an outcast is not let in as a member.
    pub fn list(&mut self, address: Jid, affiliation: Affiliation, nickname: Option<String>) {
        let rank = |affiliation: Affiliation| match affiliation {
            Affiliation::None => 0,
            Affiliation::Member => 1,
            Affiliation::Outcast => 2,
            Affiliation::Admin => 3,
            Affiliation::Owner => 4,
        };
        if affiliation == Affiliation::None {
            return;
        }
        let listed = self.people.entry(address).or_insert(Listed { affiliation, nickname: None });
        if rank(affiliation) > rank(listed.affiliation) {
            listed.affiliation = affiliation;
        }
        listed.nickname = nickname.filter(|nick| !nick.is_empty()).or(listed.nickname.take());
        if listed.affiliation == Affiliation::Outcast {
            listed.nickname = None;
        }
    }
}

/// One session in a room: an entry of the replicated map of occupants. Several sessions of one person may share a
/// nickname; they have the same affiliation and role then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OccupantRecord {
    /// How the room knows it.
    pub nick: String,
    /// Where it really is.
    pub jid: FullJid,
    /// What it is to the room.
    pub affiliation: Affiliation,
    /// What it may do.
    pub role: Role,
    /// Its last presence as the others see it, without `from`, `to` and what the room adds.
    pub presence: Bytes,
    /// Orders the presences of sessions that share a nickname: the others see the one with the highest number.
    pub stamp: UnixMillis,
}

/// A whole room, to be carried on by another member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomParts {
    /// What lasts.
    pub record: RoomRecord,
    /// Its occupants, in any order.
    pub occupants: Vec<OccupantRecord>,
    /// What was said, the oldest first.
    pub history: Vec<LogEntry>,
    /// Whether it was destroyed: nobody may enter what is left of it, on any member.
    pub is_destroyed: bool,
}
