//! What an input to a room brings about.

use std::sync::Arc;

use bytes::Bytes;
use cobnut_model::UnixMillis;
use jid::{FullJid, Jid};
use minidom::Element;

use super::history::LogEntry;
use super::{Affiliation, OccupantRecord};
use crate::stanza::{Condition, ElementExt as _, error_reply};
use crate::xml::stanza_bytes;

/// One stanza for one or many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Who gets it. Mostly full JIDs of sessions; bare JIDs for invitations, and for questions that an account answers.
    pub to: Arc<[Jid]>,
    /// The stanza with `from` and without `to`; [`crate::stanza::with_to`] puts it in.
    pub stanza: Bytes,
}

/// What has to be remembered. Facts that last are in [`super::Room::record`] when a change is named here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The first occupant came: a persistent room is no longer empty.
    Occupied,
    /// The last occupant left a persistent room.
    Emptied(UnixMillis),
    /// Settings or lock changed; a room that has just become persistent is to be stored whole, one that is no longer
    /// is to be removed from the store.
    Settings,
    /// The subject changed.
    Subject,
    /// An affiliation or a reserved nickname changed.
    Affiliation {
        /// Whose: a bare JID, or the name of a group.
        address: Jid,
        /// The new one; [`Affiliation::None`] takes it off all lists.
        affiliation: Affiliation,
        /// The reserved nickname. It is kept in `ofMucMember`, also for owners and administrators, who are on their
        /// own list besides; Openfire reads it so.
        nickname: Option<String>,
    },
    /// Something was said or a subject set: `ofMucConversationLog`, where [`super::RoomConfig::is_logged`].
    Said {
        /// What.
        entry: LogEntry,
        /// [`super::Context::number`], if it went out under that number.
        number: Option<i64>,
    },
    /// An owner destroyed the room; nobody is in it any more.
    Destroyed {
        /// Where people should go instead.
        alternate: Option<Jid>,
        /// Why.
        reason: Option<String>,
    },
    /// The last occupant left a room that does not stay, see [`super::Room::is_discardable`]: it is no more. What may
    /// have been stored of it is to be removed.
    Discarded,
}

/// A change of the replicated map of occupants. Key: nickname and session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OccupantChange {
    /// New, or changed.
    Set(OccupantRecord),
    /// Gone.
    Removed {
        /// How the room knew it.
        nick: String,
        /// The session.
        jid: FullJid,
    },
}

/// What an input brings about, in order within each list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Stanzas to send. Each recipient has to get its own in this order.
    pub deliver: Vec<Delivery>,
    /// What has to be stored.
    pub changes: Vec<Change>,
    /// What has to be replicated.
    pub occupants: Vec<OccupantChange>,
    /// What has to be looked up in the archive.
    pub lookups: Vec<super::ArchiveLookup>,
}

impl Outcome {
    /// What another input brings about, after this one's.
    pub(super) fn append(&mut self, other: Self) {
        self.deliver.extend(other.deliver);
        self.changes.extend(other.changes);
        self.occupants.extend(other.occupants);
        self.lookups.extend(other.lookups);
    }

    /// One stanza for one recipient.
    pub(super) fn send(&mut self, to: impl Into<Jid>, stanza: &Element) {
        self.send_bytes(Arc::from([to.into()]), stanza_bytes(stanza));
    }

    /// One stanza for many.
    pub(super) fn send_bytes(&mut self, to: Arc<[Jid]>, stanza: Bytes) {
        if !to.is_empty() {
            self.deliver.push(Delivery { to, stanza });
        }
    }

    /// An error for the sender, unless the stanza cannot be answered (RFC 6120 §8.3.1).
    pub(super) fn refuse(&mut self, from: &Jid, stanza: &Element, condition: Condition) {
        let is_answer = matches!(stanza.attr("type"), Some("error" | "result"));
        if !is_answer {
            let mut reply = error_reply(stanza, condition);
            reply.take_attr("to");
            self.send(from.clone(), &reply);
        }
    }

    /// The answer to an iq.
    pub(super) fn reply(&mut self, from: &Jid, iq: &Element, payload: Option<Element>) {
        let mut reply = Element::bare("iq", crate::xml::ns::CLIENT)
            .with_attr("type", "result")
            .with_attr_opt("id", iq.attr("id"))
            .with_attr_opt("from", iq.attr("to"));
        if let Some(payload) = payload {
            reply.append_child(payload);
        }
        self.send(from.clone(), &reply);
    }
}
