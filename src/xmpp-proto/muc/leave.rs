//! Leaving (XEP-0045 §7.14), and being lost.

use std::collections::BTreeMap;

use jid::FullJid;
use minidom::Element;

use super::occupants::Occupant;
use super::outcome::Outcome;
use super::presence::{Notice, status};
use super::{Change, Context, OccupantChange, Room, ns};
use crate::stanza::ElementExt as _;
use crate::xml::ns::CLIENT;

/// Why a session is no longer there without having left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loss {
    /// It ended: the others see it leave.
    Ended,
    /// It cannot be reached, or its server is gone (status 333).
    Unreachable,
    /// Somebody else has its nickname since a split of the network healed (status 333); it is told so, and may enter
    /// again.
    Displaced,
    /// The service stops (status 332).
    Shutdown,
}

impl Room {
    pub(super) fn leave(
        &mut self,
        session: &FullJid,
        presence: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let notice = Notice {
            farewell: presence.get_child("status", CLIENT),
            answer: Some((session, presence.attr("id"))),
            ..Notice::leaving()
        };
        self.part(std::slice::from_ref(session), &notice, true, context, out);
    }

    /// Tells who leaves without being there that it is not there. Compat: after a lost connection Spark 3 leaves its rooms before
    /// it enters them again, and waits ten seconds for each; Openfire says nothing.
    pub(super) fn confirm_absence(
        &self,
        session: &FullJid,
        nick: &str,
        presence: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let affiliation = self.affiliation_of(&session.to_bare(), context);
        let item = Element::bare("item", ns::USER)
            .with_attr("affiliation", affiliation.name())
            .with_attr("role", "none");
        let absent = Element::bare("presence", CLIENT)
            .with_attr("type", "unavailable")
            .with_attr_opt("id", presence.attr("id"))
            .with_attr("from", self.occupant_jid(nick))
            .with_child(Element::bare("x", ns::USER).with_child(item).with_child(status(110)));
        out.send(session.clone(), &absent);
    }

    /// A session that answers with errors is not there (XEP-0045 §15.6.2, status 333).
    pub(super) fn drop_ghost(&mut self, session: &FullJid, context: &Context<'_>, out: &mut Outcome) {
        let notice = Notice { codes: vec![333], ..Notice::leaving() };
        self.part(std::slice::from_ref(session), &notice, true, context, out);
    }

    /// Sessions are no longer there. Those that are not in the room are passed over.
    pub fn lose_sessions(&mut self, sessions: &[FullJid], loss: Loss, context: &Context<'_>) -> Outcome {
        let mut out = Outcome::default();
        let codes = match loss {
            Loss::Ended => Vec::new(),
            Loss::Unreachable | Loss::Displaced => vec![333],
            Loss::Shutdown => vec![332],
        };
        let notice = Notice { codes, ..Notice::leaving() };
        // Who is gone needs no word; who is put out does.
        let is_told = matches!(loss, Loss::Displaced | Loss::Shutdown);
        self.part(sessions, &notice, is_told, context, &mut out);
        out
    }

    /// Removes sessions and tells whom it concerns. Those who go together are not told of each other.
    fn part(
        &mut self,
        sessions: &[FullJid],
        notice: &Notice<'_>,
        is_told: bool,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let mut before: BTreeMap<String, Occupant> = BTreeMap::new();
        let mut gone = Vec::new();
        for session in sessions {
            let Some(occupant) = self.occupants.remove_session(session) else { continue };
            out.occupants.push(OccupantChange::Removed { nick: occupant.nick.clone(), jid: session.clone() });
            gone.push((session, occupant.nick.clone()));
            before.entry(occupant.nick.clone()).or_insert(occupant);
        }
        for (nick, occupant) in &before {
            let shown = occupant.shown().map(|(jid, _)| jid);
            let was_shown = gone.iter().any(|(session, _)| Some(*session) == shown);
            match self.occupants.get(nick) {
                // Other sessions of the same person stay: the others see their presence.
                Some(rest) if was_shown => self.tell_all(rest, &Notice::default(), out),
                None if self.record.config.shows(occupant.role) => self.tell_others(occupant, notice, out),
                Some(_) | None => {}
            }
        }
        for (session, nick) in &gone {
            if let Some(occupant) = before.get(nick).filter(|_| is_told) {
                self.tell_self(occupant, [*session], notice, out);
            }
        }
        if !gone.is_empty() {
            self.note_emptiness(context, out);
        }
    }

    /// Removes an occupant with all sessions, and tells everybody.
    pub(super) fn expel(
        &mut self,
        nick: &str,
        notice: &Notice<'_>,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        if self.put_out(nick, notice, out) {
            self.note_emptiness(context, out);
        }
    }

    /// [`Self::expel`], for those who put somebody else in; `false` if nobody had the nickname.
    pub(super) fn put_out(&mut self, nick: &str, notice: &Notice<'_>, out: &mut Outcome) -> bool {
        let Some(gone) = self.occupants.remove(nick) else { return false };
        for jid in gone.sessions.keys() {
            out.occupants.push(OccupantChange::Removed { nick: gone.nick.clone(), jid: jid.clone() });
        }
        // Who is put out learns of it first: nothing of the room reaches them afterwards.
        self.tell_self(&gone, gone.sessions.keys(), notice, out);
        if self.record.config.shows(gone.role) {
            self.tell_others(&gone, notice, out);
        }
        true
    }

    fn note_emptiness(&self, context: &Context<'_>, out: &mut Outcome) {
        if !self.occupants.is_empty() || self.is_destroyed {
            return;
        }
        let change = if self.is_discardable() { Change::Discarded } else { Change::Emptied(context.now) };
        out.changes.push(change);
    }
}
