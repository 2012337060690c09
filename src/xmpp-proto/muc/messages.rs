//! What is said in the room (XEP-0045 §7.4), its subject (§8.1) and private messages (§7.5).

use cobnut_model::limits;
use jid::{FullJid, Jid};
use minidom::Element;

use super::history::LogEntry;
use super::outcome::Outcome;
use super::room::Target;
use super::voice::VOICE;
use super::{Change, Context, Role, Room, Subject, ns};
use crate::data_form::Form;
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::{ns::CLIENT, stanza_bytes};

const NS_HINTS: &str = "urn:xmpp:hints";

impl Room {
    pub(super) fn message(
        &mut self,
        from: &Jid,
        target: &Target,
        message: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let speaker =
            self.occupants.of(from).map(|(occupant, session)| (occupant.nick.clone(), session.clone()));
        match (message.attr("type"), target, speaker) {
            (Some("error"), _, Some((_, session))) => {
                if means_gone(message) {
                    self.drop_ghost(&session, context, out);
                }
            }
            (Some("error"), _, None) => {}
            (Some("groupchat"), Target::Nick(_), _) => out.refuse(from, message, Condition::BadRequest),
            (Some("groupchat"), Target::Room, Some((nick, session))) => {
                self.say(&session, &nick, message, context, out);
            }
            (kind, Target::Room, speaker) if kind != Some("groupchat") => {
                self.notice(from, speaker.is_some(), message, context, out);
            }
            (_, Target::Nick(to), Some((nick, _))) => self.whisper(from, &nick, to, message, out),
            _ => out.refuse(from, message, Condition::NotAcceptable),
        }
    }

    /// A message for the room itself: invitations, their refusal, and voice.
    fn notice(
        &mut self,
        from: &Jid,
        is_occupant: bool,
        message: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let user = message.get_child("x", ns::USER);
        let decline = user.and_then(|user| user.get_child("decline", ns::USER));
        let voice = Form::within(message).filter(|form| form.form_type() == VOICE);
        match (user, decline, voice) {
            (_, Some(decline), _) => self.decline(from, message, decline, out),
            (Some(user), _, _) if user.has_child("invite", ns::USER) => {
                if let Err(condition) = self.invite(from, message, user, context, out) {
                    out.refuse(from, message, condition);
                }
            }
            (_, _, Some(form)) => self.voice(from, message, &form, context, out),
            _ if is_occupant => out.refuse(from, message, Condition::BadRequest),
            _ => out.refuse(from, message, Condition::NotAcceptable),
        }
    }

    /// A message to everybody.
    fn say(
        &mut self,
        session: &FullJid,
        nick: &str,
        message: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let from = Jid::from(session.clone());
        let Some(role) = self.occupants.get(nick).map(|occupant| occupant.role) else { return };
        let has = |name: &str| message.has_child(name, CLIENT);
        // A subject with a body is a message with a title (§8.1).
        let is_subject = has("subject") && !has("body") && !has("thread");
        let allowed = if is_subject {
            let can_everybody = self.record.config.can_change_subject && role >= Role::Participant;
            let text = message.get_child("subject", CLIENT).map(Element::text).unwrap_or_default();
            if text.chars().count() > limits::ROOM_TEXT_CHARS_MAX {
                return out.refuse(&from, message, Condition::PolicyViolation);
            }
            can_everybody || role == Role::Moderator
        } else {
            role >= Role::Participant
        };
        if !allowed {
            return out.refuse(&from, message, Condition::Forbidden);
        }
        let is_kept = has("body") && !message.has_child("no-store", NS_HINTS);
        let reflection = self.reflection(nick, message, is_kept, context);
        let stanza = stanza_bytes(&reflection);
        if is_subject && stanza.len() > limits::ROOM_SUBJECT_BYTES_MAX {
            return out.refuse(&from, message, Condition::PolicyViolation);
        }
        let entry = LogEntry::of(&reflection, stanza.clone(), from, Some(nick), context.now);
        out.send_bytes(self.occupants.everyone(), stanza.clone());
        if is_subject {
            self.record.subject = Some(Subject { stanza, at: context.now });
            out.changes.push(Change::Subject);
            out.changes.push(Change::Said { entry, number: context.number });
        } else if is_kept {
            out.changes.push(Change::Said { entry: entry.clone(), number: context.number });
            self.history.push(entry, self.policy.history_messages);
        }
    }

    /// The message as the occupants get it, without `to`. It names its place in the archive if it `is_kept` there.
    fn reflection(&self, nick: &str, message: &Element, is_kept: bool, context: &Context<'_>) -> Element {
        let mut reflection = message.clone();
        reflection.take_attr("to");
        reflection.put_attr("from", self.occupant_jid(nick));
        let room = self.record.room.as_str();
        for node in reflection.take_nodes() {
            // What only the room may say (XEP-0421 §4, XEP-0359 §3.1, XEP-0203 §5).
            let is_forged = node.as_element().is_some_and(|child| {
                let by_room = child.attr("by") == Some(room) || child.attr("from") == Some(room);
                child.is("occupant-id", ns::OCCUPANT_ID)
                    || child.is("x", ns::USER)
                    || child.is("x", ns::MUC)
                    || (by_room && (child.is("stanza-id", ns::STANZA_ID) || child.is("delay", ns::DELAY)))
            });
            if !is_forged {
                reflection.append_node(node);
            }
        }
        if let Some(occupant) = self.occupants.get(nick) {
            reflection.append_child(self.occupant_id(&occupant.user));
        }
        let id = if self.has_archive() {
            context.number.filter(|_| is_kept).map(|number| self.archive_id(number))
        } else {
            Some(context.stanza_id.to_owned())
        };
        if let Some(id) = id {
            let id = Element::bare("stanza-id", ns::STANZA_ID).with_attr("by", room).with_attr("id", id);
            reflection.append_child(id);
        }
        reflection
    }

    /// A message to one occupant.
    fn whisper(&self, from: &Jid, nick: &str, to: &str, message: &Element, out: &mut Outcome) {
        let Some(sender) = self.occupants.get(nick) else { return };
        let Some(recipient) = self.occupants.get(to) else {
            return out.refuse(from, message, Condition::ItemNotFound);
        };
        if !self.record.config.private_messages.allows(sender.role) {
            return out.refuse(from, message, Condition::Forbidden);
        }
        let mut private = message.clone();
        private.take_attr("to");
        private.put_attr("from", self.occupant_jid(&sender.nick));
        while private.remove_child("occupant-id", ns::OCCUPANT_ID).is_some() {}
        while private.remove_child("x", ns::USER).is_some() {}
        private.append_child(self.occupant_id(&sender.user));
        // Tells clients and archives that the resource is a nickname (§7.5).
        private.append_child(Element::bare("x", ns::USER));
        out.send_bytes(recipient.addresses(), stanza_bytes(&private));
    }
}

/// Whether an error says that the session is not there (XEP-0045 §15.6.2, status 333), and not that it refuses
/// something.
fn means_gone(message: &Element) -> bool {
    const GONE: [&str; 7] = [
        "gone",
        "item-not-found",
        "recipient-unavailable",
        "redirect",
        "remote-server-not-found",
        "remote-server-timeout",
        "service-unavailable",
    ];
    let error = message.get_child("error", CLIENT);
    error.is_some_and(|error| GONE.iter().any(|name| error.has_child(*name, crate::xml::ns::STANZA_ERRORS)))
}
