//! Questions to the room, and between its occupants.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jid::{FullJid, Jid};
use minidom::Element;

use super::outcome::Outcome;
use super::room::Target;
use super::{Context, Room, ns};
use crate::mam::MAM;
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::ns::PING;

/// Characters of the mark that finds the way back of an answer.
const MARK_CHARS: usize = 16;

impl Room {
    pub(super) fn iq(
        &mut self,
        from: &Jid,
        target: &Target,
        iq: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let is_question = matches!(iq.attr("type"), Some("get" | "set"));
        match (target, iq.children().next()) {
            (Target::Nick(asker), _) if !is_question => self.relay_answer(from, asker, iq, out),
            (Target::Room, _) if !is_question => {}
            (_, None) => out.refuse(from, iq, Condition::BadRequest),
            (Target::Room, Some(payload)) => self.room_iq(from, iq, payload, context, out),
            (Target::Nick(nick), Some(payload)) => self.occupant_iq(from, nick, iq, payload, out),
        }
    }

    fn room_iq(
        &mut self,
        from: &Jid,
        iq: &Element,
        payload: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let is_get = iq.attr("type") == Some("get");
        match (payload.name(), payload.ns().as_str()) {
            ("ping", PING) if is_get => out.reply(from, iq, None),
            ("query", ns::ADMIN) => self.admin_iq(from, iq, payload, context, out),
            ("query", ns::OWNER) => self.owner_iq(from, iq, payload, context, out),
            ("query", ns::REGISTER) => self.register_iq(from, iq, payload, context, out),
            (_, MAM) => self.archive_iq(from, iq, payload, context, out),
            ("query", ns::DISCO_INFO) if is_get => self.disco_info_iq(from, iq, payload, out),
            ("query", ns::DISCO_ITEMS) if is_get => self.disco_items_iq(from, iq, context, out),
            _ => out.refuse(from, iq, Condition::ServiceUnavailable),
        }
    }

    /// A question for an occupant: for its client, or for its account where the account answers (XEP-0054).
    fn occupant_iq(&self, from: &Jid, nick: &str, iq: &Element, payload: &Element, out: &mut Outcome) {
        let Some((own, session)) = self.occupants.of(from) else {
            // Nicknames are not to be found out by asking (XEP-0045 §6.6).
            let is_disco = payload.has_ns(ns::DISCO_INFO) || payload.has_ns(ns::DISCO_ITEMS);
            let condition = if is_disco { Condition::BadRequest } else { Condition::NotAcceptable };
            return out.refuse(from, iq, condition);
        };
        let Some(asked) = self.occupants.get(nick) else {
            return out.refuse(from, iq, Condition::ItemNotFound);
        };
        // The room knows whether a client is still here (XEP-0410 §3).
        if payload.is("ping", PING) && asked.nick == own.nick {
            return out.reply(from, iq, None);
        }
        let to: Jid = match asked.shown() {
            Some((shown, _)) if iq.attr("type") == Some("set") || !payload.is("vCard", ns::VCARD) => {
                shown.clone().into()
            }
            _ => asked.user.clone().into(),
        };
        let id = format!("{}{}", self.mark(session, &asked.nick), iq.attr("id").unwrap_or_default());
        let mut question = iq.clone();
        question.take_attr("to");
        question.put_attr("id", id);
        question.put_attr("from", self.occupant_jid(&own.nick));
        out.send(to, &question);
    }

    /// An answer finds its way by the mark in its id: the room remembers nothing, so any member can relay it.
    fn relay_answer(&self, from: &Jid, asker: &str, iq: &Element, out: &mut Outcome) {
        let Some(asker) = self.occupants.get(asker) else { return };
        let Some((mark, id)) = iq.attr("id").and_then(|id| id.split_at_checked(MARK_CHARS)) else { return };
        let user = from.to_bare();
        let answering = self.occupants.iter().filter(|occupant| occupant.user == user);
        for occupant in answering {
            let session = asker.sessions.keys().find(|session| self.mark(session, &occupant.nick) == mark);
            if let Some(session) = session {
                let mut answer = iq.clone();
                answer.take_attr("to");
                answer.put_attr("id", id);
                answer.put_attr("from", self.occupant_jid(&occupant.nick));
                return out.send(session.clone(), &answer);
            }
        }
    }

    /// Names the session that asked and the nickname that it asked, unforgeably.
    fn mark(&self, session: &FullJid, asked: &str) -> String {
        let mut mark = URL_SAFE_NO_PAD.encode(self.mac(&[session.as_str(), asked]));
        mark.truncate(MARK_CHARS);
        mark
    }
}
