//! Entering (XEP-0045 §7.2): who may, and what those who enter are told.

use cobnut_model::limits;
use jid::{FullJid, Jid};
use minidom::Element;
use subtle::ConstantTimeEq as _;

use super::history::{HistoryRequest, with_delay};
use super::occupants::{Occupant, fold};
use super::outcome::Outcome;
use super::presence::{Notice, cleaned};
use super::{Affiliation, Change, Context, Lock, OccupantRecord, Role, Room, ns};
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::ns::CLIENT;

impl Room {
    pub(super) fn enter(
        &mut self,
        session: &FullJid,
        nick: &str,
        presence: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let from = Jid::from(session.clone());
        // Without the element it is the status of somebody who believes to be here (§7.2.1).
        let condition = match presence.get_child("x", ns::MUC) {
            None => Err(Condition::NotAcceptable),
            Some(muc) => self.admission(session, nick, muc, context),
        };
        let role = match condition {
            Ok(role) => role,
            Err(condition) => return out.refuse(&from, presence, condition),
        };
        let user = session.to_bare();
        let was_empty = self.occupants.is_empty();
        // Further sessions of one person share what the first one is.
        let (nick, role) = match self.occupants.get(nick) {
            Some(own) => (own.nick.clone(), own.role),
            None => (nick.to_owned(), role),
        };
        let record = OccupantRecord {
            nick: nick.clone(),
            jid: session.clone(),
            affiliation: self.affiliation_of(&user, context),
            role,
            presence: cleaned(presence),
            stamp: self.occupants.next_stamp(context.now),
        };
        self.occupants.insert(record);
        if was_empty {
            out.changes.push(Change::Occupied);
        }
        self.claim(&nick, out);
        if let Some(occupant) = self.occupants.get(&nick) {
            self.welcome(occupant, session, presence, context, was_empty, out);
        }
    }

    /// A client that lost track enters with the nickname that it has: it gets everything again.
    pub(super) fn enter_again(
        &mut self,
        session: &FullJid,
        presence: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let Some(nick) = self.nick_of(session).map(str::to_owned) else { return };
        self.set_presence(session, &nick, presence, context);
        self.claim(&nick, out);
        if let Some(occupant) = self.occupants.get(&nick) {
            self.welcome(occupant, session, presence, context, false, out);
        }
    }

    /// What an occupant is told after entering, in the order of §7.1: the others, itself, what was said, the subject.
    fn welcome(
        &self,
        occupant: &Occupant,
        session: &FullJid,
        presence: &Element,
        context: &Context<'_>,
        is_first: bool,
        out: &mut Outcome,
    ) {
        self.introduce_others(occupant, session, out);
        let asked = presence.attr("to").and_then(|to| Jid::new(to).ok());
        let is_asked =
            asked.is_some_and(|to| to.resource().is_some_and(|nick| nick.as_str() == occupant.nick));
        if self.record.config.shows(occupant.role) {
            self.tell_others(occupant, &Notice::default(), out);
        }
        let mut own_codes = Vec::new();
        own_codes.extend(self.record.config.is_non_anonymous.then_some(100));
        own_codes.extend(self.record.config.is_logged.then_some(170));
        own_codes.extend((!is_asked).then_some(210));
        own_codes.extend((is_first && matches!(self.record.lock, Lock::Creating(_))).then_some(201));
        let answer = Some((session, presence.attr("id")));
        self.tell_self(occupant, [session], &Notice { own_codes, answer, ..Notice::default() }, out);
        let siblings = occupant.sessions.keys().filter(|other| *other != session);
        self.tell_self(occupant, siblings, &Notice::default(), out);
        let to: std::sync::Arc<[Jid]> = std::sync::Arc::from([Jid::from(session.clone())]);
        for stanza in self.history.replay(HistoryRequest::of(presence, context.now), &self.record.room) {
            out.send_bytes(std::sync::Arc::clone(&to), stanza);
        }
        if let Some(subject) = &self.record.subject {
            out.send_bytes(to, with_delay(&subject.stanza, &self.record.room, subject.at));
        } else {
            // Compat: Spark waits for a subject, even an empty one (§7.2.15).
            let empty = self.room_message(context.stanza_id).with_child(Element::bare("subject", CLIENT));
            out.send(session.clone(), &empty);
        }
    }

    /// Compat: the order of the questions is Openfire's, so that a client learns of the same obstacle first.
    fn admission(
        &self,
        session: &FullJid,
        nick: &str,
        muc: &Element,
        context: &Context<'_>,
    ) -> Result<Role, Condition> {
        let user = session.to_bare();
        let config = &self.record.config;
        let affiliation = self.affiliation_of(&user, context);
        let is_admin = affiliation >= Affiliation::Admin;
        let is_new = self.occupants.get(nick).is_none();
        let count = u32::try_from(self.occupants.len()).unwrap_or(u32::MAX);
        let is_full = is_new && config.occupants_max != 0 && count >= config.occupants_max && !is_admin;
        if is_full || self.occupants.sessions_len() >= limits::ROOM_SESSIONS_MAX {
            return Err(Condition::ServiceUnavailable);
        }
        if self.is_locked() && affiliation != Affiliation::Owner {
            return Err(Condition::ItemNotFound);
        }
        self.nick_is_free(session, nick)?;
        let is_trusted = context.directory.is_sysadmin(&user) && !self.policy.sysadmins_need_password;
        if let Some(password) = config.password.as_deref().filter(|_| !is_trusted) {
            let given = muc.get_child("password", ns::MUC).map(Element::text).unwrap_or_default();
            if !bool::from(given.as_bytes().ct_eq(password.as_bytes())) {
                return Err(Condition::NotAuthorized);
            }
        }
        self.nick_is_own(session, nick)?;
        if affiliation == Affiliation::Outcast {
            return Err(Condition::Forbidden);
        }
        if config.is_members_only && affiliation < Affiliation::Member {
            return Err(Condition::RegistrationRequired);
        }
        affiliation.role_on_entry(config.is_moderated).ok_or(Condition::Forbidden)
    }

    /// Whether a nickname can be one, and nobody else in the room has it.
    pub(super) fn nick_is_free(&self, session: &FullJid, nick: &str) -> Result<(), Condition> {
        if !is_nick(nick) {
            return Err(Condition::NotAcceptable);
        }
        match self.occupants.get(nick) {
            Some(other) if other.user != session.to_bare() => Err(Condition::Conflict),
            _ => Ok(()),
        }
    }

    /// Whether nobody else registered a nickname, and the person has to use another one (§7.10).
    pub(super) fn nick_is_own(&self, session: &FullJid, nick: &str) -> Result<(), Condition> {
        let user = session.to_bare();
        if self.is_reserved_for_other(&user, nick) {
            return Err(Condition::Conflict);
        }
        let own = self.record.people.get::<Jid>(&user).and_then(|listed| listed.nickname.as_deref());
        match own {
            Some(own) if self.record.config.is_reserved_nick_required && fold(own) != fold(nick) => {
                Err(Condition::NotAcceptable)
            }
            _ => Ok(()),
        }
    }
}

/// Whether a text can be a nickname here.
pub(super) fn is_nick(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= limits::ROOM_NICK_CHARS_MAX
}
