//! What the operator does to a room from outside, and what follows from changes that are not the room's.

use cobnut_model::limits;
use jid::{BareJid, Jid};
use minidom::Element;

use super::affiliations::Cause;
use super::history::LogEntry;
use super::outcome::Outcome;
use super::presence::Notice;
use super::{Affiliation, Change, Context, Lock, Room, Subject};
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::{ns::CLIENT, stanza_bytes};

impl Room {
    /// Puts a person on a list on the operator's behalf, or takes them off all lists. The last owner has to stay one,
    /// and a nickname is one person's ([`Condition::Conflict`]).
    pub fn appoint(
        &mut self,
        user: &BareJid,
        affiliation: Affiliation,
        nickname: Option<&str>,
        context: &Context<'_>,
    ) -> Result<Outcome, Condition> {
        if nickname.is_some_and(|nick| !super::enter::is_nick(nick)) {
            return Err(Condition::NotAcceptable);
        }
        if nickname.is_some_and(|nick| self.is_reserved_for_other(user, nick)) {
            return Err(Condition::Conflict);
        }
        let owners = self.record.people.iter().filter(|(_, listed)| listed.affiliation == Affiliation::Owner);
        let owners: Vec<&Jid> = owners.map(|(address, _)| address).collect();
        if affiliation < Affiliation::Owner && matches!(owners.as_slice(), [last] if **last == *user) {
            return Err(Condition::Conflict);
        }
        if affiliation != Affiliation::None {
            self.has_place_for(user)?;
        }
        let mut out = Outcome::default();
        self.set_affiliation(user, affiliation, nickname, Cause::default(), context, &mut out);
        Ok(out)
    }

    /// Puts an occupant out on the operator's behalf (status 307); nothing happens if nobody has the nickname.
    pub fn kick(&mut self, nick: &str, reason: Option<&str>, context: &Context<'_>) -> Outcome {
        let mut out = Outcome::default();
        let notice = Notice { reason, codes: vec![307], ..Notice::leaving() };
        self.expel(nick, &notice, context, &mut out);
        out
    }

    /// Closes the room to all but its owners, or opens it; those who are there stay.
    pub fn set_locked(&mut self, is_locked: bool, context: &Context<'_>) -> Outcome {
        let mut out = Outcome::default();
        if is_locked != self.is_locked() {
            self.record.lock = if is_locked { Lock::Manual(context.now) } else { Lock::Open };
            self.record.modified_at = context.now;
            out.changes.push(Change::Settings);
        }
        out
    }

    /// Sets the subject in the name of the room itself; more than [`limits::ROOM_TEXT_CHARS_MAX`] is cut off.
    pub fn set_subject(&mut self, text: &str, context: &Context<'_>) -> Outcome {
        let mut out = Outcome::default();
        let text: String = text.chars().take(limits::ROOM_TEXT_CHARS_MAX).collect();
        let subject = Element::bare("subject", CLIENT).with_text(&text);
        let message = self.room_message(context.stanza_id).with_child(subject);
        let stanza = stanza_bytes(&message);
        let sender = Jid::from(self.record.room.clone());
        out.changes.push(Change::Subject);
        let entry = LogEntry::of(&message, stanza.clone(), sender, None, context.now);
        out.changes.push(Change::Said { entry, number: context.number });
        out.send_bytes(self.occupants.everyone(), stanza.clone());
        self.record.subject = Some(Subject { stanza, at: context.now });
        out
    }

    /// Looks again at what everybody in the room is to it: somebody entered or left a group that is on its lists, or
    /// administers the service from now on, or does no longer.
    pub fn reconsider(&mut self, context: &Context<'_>) -> Outcome {
        let mut out = Outcome::default();
        let nicks: Vec<String> = self.occupants.iter().map(|occupant| occupant.nick.clone()).collect();
        for nick in nicks {
            let Some(occupant) = self.occupants.get(&nick) else { continue };
            let affiliation = self.affiliation_of(&occupant.user, context);
            if affiliation != occupant.affiliation {
                self.apply_to_occupant(&nick, affiliation, Cause::default(), context, &mut out);
            }
        }
        out
    }
}
