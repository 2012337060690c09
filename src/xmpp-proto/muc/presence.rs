//! Presences that a room sends: who is told what about an occupant (XEP-0045 §7.2.3, §8 and §9).

use std::sync::Arc;

use bytes::Bytes;
use jid::{BareJid, FullJid, Jid};
use minidom::Element;

use super::occupants::Occupant;
use super::outcome::Outcome;
use super::{Affiliation, OccupantChange, Role, Room, ns};
use crate::stanza::ElementExt as _;
use crate::xml::{ns::CLIENT, parse_stanza, stanza_bytes};

/// Who caused something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Culprit<'n> {
    /// How the room knows them, if they are there.
    pub nick: Option<&'n str>,
    /// Who they are, for those who may see it.
    pub user: &'n BareJid,
}

/// What is told about an occupant besides its presence.
#[derive(Debug, Clone, Default)]
pub(super) struct Notice<'n> {
    /// The occupant leaves, or its nickname does.
    pub is_unavailable: bool,
    /// `<status/>` that somebody who leaves may send.
    pub farewell: Option<&'n Element>,
    /// The nickname that follows.
    pub new_nick: Option<&'n str>,
    /// Affiliation, where it is not the occupant's.
    pub affiliation: Option<Affiliation>,
    /// Who caused it.
    pub actor: Option<Culprit<'n>>,
    /// Why it was caused.
    pub reason: Option<&'n str>,
    /// Status codes for everybody (XEP-0045 §15.6.2).
    pub codes: Vec<u16>,
    /// Status codes for the occupant alone; 110 comes by itself.
    pub own_codes: Vec<u16>,
    /// `<destroy/>`.
    pub destroy: Option<&'n Element>,
    /// The session whose own copy repeats this `id`.
    pub answer: Option<(&'n FullJid, Option<&'n str>)>,
}

impl Notice<'_> {
    pub(super) fn leaving() -> Self {
        Self { is_unavailable: true, ..Self::default() }
    }
}

/// A client's presence without what only the room may say, and without addresses.
pub(super) fn cleaned(presence: &Element) -> Bytes {
    let mut clean = presence.clone();
    for name in ["from", "to", "id", "type"] {
        clean.take_attr(name);
    }
    while clean.remove_child("x", ns::MUC).is_some() {}
    while clean.remove_child("x", ns::USER).is_some() {}
    while clean.remove_child("occupant-id", ns::OCCUPANT_ID).is_some() {}
    stanza_bytes(&clean)
}

/// A status code (XEP-0045 §15.6.2).
pub(super) fn status(code: u16) -> Element {
    Element::bare("status", ns::USER).with_attr("code", code.to_string())
}

impl Room {
    /// The presence of an occupant, without `to`. `jid` is the real address, for those who may see it.
    fn presence_of(
        &self,
        who: &Occupant,
        jid: Option<&FullJid>,
        notice: &Notice<'_>,
        is_own: bool,
    ) -> Element {
        let shown = who.shown().and_then(|(_, session)| parse_stanza(&session.presence).ok());
        let mut presence = match shown {
            Some(shown) if !notice.is_unavailable => shown,
            _ => Element::bare("presence", CLIENT),
        };
        if notice.is_unavailable {
            presence.put_attr("type", "unavailable");
            if let Some(farewell) = notice.farewell {
                presence.append_child(farewell.clone());
            }
        }
        presence.put_attr("from", self.occupant_jid(&who.nick));
        presence.append_child(self.occupant_id(&who.user));
        let sees = !is_own || self.sees_addresses(who.role);
        let keeps_role = !notice.is_unavailable || notice.new_nick.is_some();
        let role = if keeps_role { who.role.name() } else { "none" };
        let mut item = Element::bare("item", ns::USER)
            .with_attr("affiliation", notice.affiliation.unwrap_or(who.affiliation).name())
            .with_attr("role", role)
            .with_attr_opt("jid", jid.map(ToString::to_string))
            .with_attr_opt("nick", notice.new_nick);
        if let Some(actor) = notice.actor {
            // Compat: clients built on Smack 3 read nothing but the address.
            let user = jid.filter(|_| sees).map(|_| actor.user.as_str());
            let actor = Element::bare("actor", ns::USER).with_attr_opt("nick", actor.nick);
            item.append_child(actor.with_attr_opt("jid", user));
        }
        if let Some(reason) = notice.reason {
            item.append_child(Element::bare("reason", ns::USER).with_text(reason));
        }
        let mut x = Element::bare("x", ns::USER).with_child(item);
        if let Some(destroy) = notice.destroy {
            x.append_child(destroy.clone());
        }
        let own = is_own.then_some(110).into_iter().chain(notice.own_codes.iter().copied());
        let mut codes: Vec<u16> = own.filter(|_| is_own).chain(notice.codes.iter().copied()).collect();
        codes.sort_unstable();
        for code in codes {
            x.append_child(status(code));
        }
        presence.with_child(x)
    }

    /// Whether an occupant learns real addresses.
    pub(super) fn sees_addresses(&self, viewer: Role) -> bool {
        self.record.config.is_non_anonymous || viewer == Role::Moderator
    }

    /// Tells everybody but the occupant itself, whether or not it is (still) there.
    pub(super) fn tell_others(&self, who: &Occupant, notice: &Notice<'_>, out: &mut Outcome) {
        self.tell_others_than(&who.nick, who, notice, out);
    }

    /// Tells everybody whose nickname is not `nick`.
    pub(super) fn tell_others_than(
        &self,
        nick: &str,
        who: &Occupant,
        notice: &Notice<'_>,
        out: &mut Outcome,
    ) {
        let (mut seeing, mut others) = (Vec::new(), Vec::new());
        for viewer in self.occupants.iter().filter(|viewer| viewer.nick != nick) {
            let list = if self.sees_addresses(viewer.role) { &mut seeing } else { &mut others };
            list.extend(viewer.sessions.keys().map(|jid| Jid::from(jid.clone())));
        }
        self.tell(seeing, others, who, notice, out);
    }

    /// Tells those who may see the occupant's address, and those who may not.
    pub(super) fn tell(
        &self,
        seeing: Vec<Jid>,
        others: Vec<Jid>,
        who: &Occupant,
        notice: &Notice<'_>,
        out: &mut Outcome,
    ) {
        let jid = who.shown().map(|(jid, _)| jid);
        for (viewers, jid) in [(seeing, jid), (others, None)] {
            if !viewers.is_empty() {
                let stanza = stanza_bytes(&self.presence_of(who, jid, notice, false));
                out.send_bytes(viewers.into(), stanza);
            }
        }
    }

    /// Tells an occupant's own sessions.
    pub(super) fn tell_self<'s>(
        &self,
        who: &Occupant,
        sessions: impl IntoIterator<Item = &'s FullJid>,
        notice: &Notice<'_>,
        out: &mut Outcome,
    ) {
        let shown = who.shown().map(|(jid, _)| jid);
        let presence = self.presence_of(who, shown, notice, true);
        let mut others: Vec<Jid> = Vec::new();
        for session in sessions {
            match notice.answer {
                Some((asker, id)) if asker == session => {
                    out.send(session.clone(), &presence.clone().with_attr_opt("id", id));
                }
                _ => others.push(session.clone().into()),
            }
        }
        out.send_bytes(Arc::from(others), stanza_bytes(&presence));
    }

    /// Tells everybody about an occupant of the room; the others only if its role is shown.
    pub(super) fn tell_all(&self, who: &Occupant, notice: &Notice<'_>, out: &mut Outcome) {
        if self.record.config.shows(who.role) {
            self.tell_others(who, notice, out);
        }
        self.tell_self(who, who.sessions.keys(), notice, out);
    }

    /// Tells somebody who enters about everybody else.
    pub(super) fn introduce_others(&self, newcomer: &Occupant, session: &FullJid, out: &mut Outcome) {
        let sees = self.sees_addresses(newcomer.role);
        let to: Arc<[Jid]> = Arc::from([Jid::from(session.clone())]);
        for other in self.occupants.iter().filter(|other| other.nick != newcomer.nick) {
            if self.record.config.shows(other.role) {
                out.send_bytes(Arc::clone(&to), self.face_of(other, sees));
            }
        }
    }

    /// The presence of an occupant as it is without an event, made once: those who enter get one of each.
    fn face_of(&self, who: &Occupant, with_address: bool) -> Bytes {
        let jid = who.shown().map(|(jid, _)| jid).filter(|_| with_address);
        let make = || stanza_bytes(&self.presence_of(who, jid, &Notice::default(), false));
        who.faces.of(with_address).get_or_init(make).clone()
    }

    /// Claims for the replicated map.
    pub(super) fn claim(&self, nick: &str, out: &mut Outcome) {
        if let Some(occupant) = self.occupants.get(nick) {
            out.occupants.extend(occupant.records().map(OccupantChange::Set));
        }
    }
}
