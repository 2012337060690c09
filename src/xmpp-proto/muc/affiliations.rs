//! Changes of affiliations and what follows for those who are there (XEP-0045 §5.2.1).

use cobnut_model::limits;
use jid::{BareJid, Jid};
use minidom::Element;

use super::outcome::Outcome;
use super::presence::{Culprit, Notice, status};
use super::{Affiliation, Change, Context, Listed, Role, Room, ns};
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::ns::CLIENT;

/// Who caused something, and why.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cause<'c> {
    pub actor: Option<Culprit<'c>>,
    pub reason: Option<&'c str>,
    /// Somebody who is not there learns of it otherwise.
    pub is_quiet: bool,
}

impl Room {
    pub(super) fn is_listed(&self, user: &BareJid) -> bool {
        self.record.people.contains_key::<Jid>(user)
    }

    /// Whether the lists take one more person.
    pub(super) fn has_place_for(&self, user: &BareJid) -> Result<(), Condition> {
        self.has_places_for(usize::from(!self.is_listed(user)))
    }

    /// Whether the lists take so many more people.
    pub(super) fn has_places_for(&self, people: usize) -> Result<(), Condition> {
        let free = limits::ROOM_PEOPLE_MAX.saturating_sub(self.record.people.len());
        if people <= free { Ok(()) } else { Err(Condition::ResourceConstraint) }
    }

    /// Whether nobody else registered a nickname.
    pub(super) fn is_reserved_for_other(&self, user: &BareJid, nick: &str) -> bool {
        let key = super::occupants::fold(nick);
        self.record.people.iter().any(|(address, listed)| {
            *address != *user
                && listed.nickname.as_deref().is_some_and(|reserved| super::occupants::fold(reserved) == key)
        })
    }

    /// Puts a person on a list, takes the nickname that they may have had, and applies it to those who are there.
    /// The caller has checked that it may be done.
    pub(super) fn set_affiliation(
        &mut self,
        user: &BareJid,
        affiliation: Affiliation,
        nickname: Option<&str>,
        cause: Cause<'_>,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let before = self.record.people.get::<Jid>(user).cloned();
        let keeps_nick = affiliation > Affiliation::None;
        let kept = before.as_ref().and_then(|listed| listed.nickname.clone());
        let nickname = nickname.map(str::to_owned).or(kept).filter(|_| keeps_nick);
        let listed =
            (affiliation != Affiliation::None).then(|| Listed { affiliation, nickname: nickname.clone() });
        if before == listed {
            return;
        }
        match listed {
            Some(listed) => self.record.people.insert(user.clone().into(), listed),
            None => self.record.people.remove::<Jid>(user),
        };
        let is_other = before.map_or(Affiliation::None, |listed| listed.affiliation) != affiliation;
        let address = Jid::from(user.clone());
        out.changes.push(Change::Affiliation { address, affiliation, nickname });
        if is_other {
            self.apply_affiliation(user, cause, context, out);
        }
    }

    /// Lets a changed affiliation take effect on those who are there.
    fn apply_affiliation(
        &mut self,
        user: &BareJid,
        cause: Cause<'_>,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let affiliation = self.affiliation_of(user, context);
        let present = self.occupants.iter().filter(|occupant| occupant.user == *user);
        let nicks: Vec<String> = present.map(|occupant| occupant.nick.clone()).collect();
        if nicks.is_empty() && cause.is_quiet {
            return;
        }
        if nicks.is_empty() {
            return self.tell_absent(user, affiliation, cause, context, out);
        }
        for nick in nicks {
            self.apply_to_occupant(&nick, affiliation, cause, context, out);
        }
    }

    /// Lets an occupant's affiliation take effect: on its role, or on whether it may stay.
    pub(super) fn apply_to_occupant(
        &mut self,
        nick: &str,
        affiliation: Affiliation,
        cause: Cause<'_>,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let config = &self.record.config;
        let code = match affiliation {
            Affiliation::Outcast => Some(301),
            Affiliation::None if config.is_members_only => Some(321),
            _ => None,
        };
        if let Some(code) = code {
            let Cause { actor, reason, .. } = cause;
            let codes = vec![code];
            let notice = Notice { actor, reason, codes, affiliation: Some(affiliation), ..Notice::leaving() };
            self.expel(nick, &notice, context, out);
            return;
        }
        let Some(role_on_entry) = affiliation.role_on_entry(config.is_moderated) else { return };
        let Some(occupant) = self.occupants.get(nick) else { return };
        let lost_rank = occupant.affiliation >= Affiliation::Admin && affiliation < Affiliation::Admin;
        let lost_voice = occupant.affiliation >= Affiliation::Member && affiliation < Affiliation::Member;
        let role = if lost_rank || (lost_voice && occupant.role != Role::Moderator) {
            role_on_entry
        } else {
            role_on_entry.max(occupant.role)
        };
        self.set_standing(nick, affiliation, role, cause, out);
    }

    /// Gives an occupant an affiliation and a role, and tells everybody.
    pub(super) fn set_standing(
        &mut self,
        nick: &str,
        affiliation: Affiliation,
        role: Role,
        cause: Cause<'_>,
        out: &mut Outcome,
    ) {
        let Some(occupant) = self.occupants.get_mut(nick) else { return };
        let role_before = occupant.role;
        (occupant.affiliation, occupant.role) = (affiliation, role);
        let occupant = occupant.clone();
        let notice = Notice { reason: cause.reason, ..Notice::default() };
        self.tell_all(&occupant, &notice, out);
        let shows = |role| self.record.config.shows(role);
        if shows(role_before) && !shows(role) {
            // The others do not see this role: for them the occupant is gone.
            self.tell_others(&occupant, &Notice::leaving(), out);
        }
        if role == Role::Moderator && role_before != Role::Moderator {
            self.show_addresses(&occupant, out);
        }
        self.claim(nick, out);
    }

    /// New moderators learn who the others are.
    fn show_addresses(&self, moderator: &super::occupants::Occupant, out: &mut Outcome) {
        if !self.record.config.is_non_anonymous {
            for session in moderator.sessions.keys() {
                self.introduce_others(moderator, session, out);
            }
        }
    }

    /// Tells a person who is not there of a changed affiliation (status 101).
    fn tell_absent(
        &self,
        user: &BareJid,
        affiliation: Affiliation,
        cause: Cause<'_>,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let mut item = Element::bare("item", ns::USER)
            .with_attr("affiliation", affiliation.name())
            .with_attr("role", "none")
            .with_attr("jid", user.as_str());
        if let Some(reason) = cause.reason {
            item.append_child(Element::bare("reason", ns::USER).with_text(reason));
        }
        let message = Element::bare("message", CLIENT)
            .with_attr("from", self.record.room.as_str())
            .with_attr("id", context.stanza_id)
            .with_child(Element::bare("x", ns::USER).with_child(item).with_child(status(101)));
        out.send(user.clone(), &message);
    }
}
