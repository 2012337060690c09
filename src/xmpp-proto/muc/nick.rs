//! Another nickname (XEP-0045 §7.6).

use jid::{FullJid, Jid};
use minidom::Element;

use super::outcome::Outcome;
use super::presence::Notice;
use super::{Context, OccupantChange, Room};
use crate::stanza::Condition;

impl Room {
    /// All sessions that share the nickname change it together.
    pub(super) fn change_nick(
        &mut self,
        session: &FullJid,
        nick: &str,
        presence: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let from = Jid::from(session.clone());
        let Some(old) = self.nick_of(session).map(str::to_owned) else { return };
        if let Err(condition) = self.may_rename(session, &old, nick) {
            return out.refuse(&from, presence, condition);
        }
        let Some(before) = self.occupants.rename(&old, nick) else { return };
        for jid in before.sessions.keys() {
            out.occupants.push(OccupantChange::Removed { nick: before.nick.clone(), jid: jid.clone() });
        }
        self.set_presence(session, nick, presence, context);
        self.claim(nick, out);
        let Some(occupant) = self.occupants.get(nick) else { return };
        let farewell = Notice { new_nick: Some(nick), codes: vec![303], ..Notice::leaving() };
        if self.record.config.shows(before.role) {
            self.tell_others_than(nick, &before, &farewell, out);
        }
        self.tell_self(&before, before.sessions.keys(), &farewell, out);
        let answer = Some((session, presence.attr("id")));
        self.tell_all(occupant, &Notice { answer, ..Notice::default() }, out);
    }

    fn may_rename(&self, session: &FullJid, old: &str, nick: &str) -> Result<(), Condition> {
        if !self.record.config.can_change_nick {
            return Err(Condition::NotAcceptable);
        }
        self.nick_is_free(session, nick)?;
        // Only the spelling may change to what one has; another nickname of the same person stays another occupant.
        let is_respelled = super::occupants::fold(old) == super::occupants::fold(nick);
        if self.occupants.get(nick).is_some() && !is_respelled {
            return Err(Condition::Conflict);
        }
        self.nick_is_own(session, nick)
    }
}
