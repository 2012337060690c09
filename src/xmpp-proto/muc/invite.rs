//! Invitations through the room, and answers to them (XEP-0045 §7.8.2).

use cobnut_model::limits;
use jid::Jid;
use minidom::Element;

use super::affiliations::Cause;
use super::outcome::Outcome;
use super::{Affiliation, Context, Room, ns};
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::ns::CLIENT;

impl Room {
    /// Invitations in a message to the room; `Err` sends none of them.
    pub(super) fn invite(
        &mut self,
        from: &Jid,
        message: &Element,
        user: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) -> Result<(), Condition> {
        let actor = self.actor(from, context);
        if actor.nick.is_none() && actor.affiliation < Affiliation::Admin {
            return Err(Condition::NotAcceptable);
        }
        let is_admin = actor.affiliation >= Affiliation::Admin;
        if self.record.config.is_members_only && !is_admin && !self.record.config.can_invite {
            return Err(Condition::Forbidden);
        }
        let invites: Vec<&Element> = user.children().filter(|child| child.is("invite", ns::USER)).collect();
        if invites.len() > limits::ROOM_INVITES_MAX {
            return Err(Condition::PolicyViolation);
        }
        let mut guests = Vec::new();
        for invite in invites {
            let to = invite.attr("to").ok_or(Condition::BadRequest)?;
            let guest = Jid::new(to).map_err(|_| Condition::JidMalformed)?;
            if guest.node().is_none() || guest.to_bare() == self.record.room {
                return Err(Condition::BadRequest);
            }
            let affiliation = self.affiliation_of(&guest.to_bare(), context);
            if affiliation == Affiliation::Outcast && !is_admin {
                return Err(Condition::Forbidden);
            }
            guests.push((guest, affiliation, invite));
        }
        if self.record.config.is_members_only {
            let is_new = |(guest, _, _): &&(Jid, Affiliation, &Element)| !self.is_listed(&guest.to_bare());
            self.has_places_for(guests.iter().filter(is_new).count())?;
        }
        for (guest, affiliation, invite) in guests {
            // Who is invited into a members-only room may enter it.
            if self.record.config.is_members_only && affiliation == Affiliation::None {
                let member = guest.to_bare();
                let cause = Cause { is_quiet: true, ..Cause::default() };
                self.set_affiliation(&member, Affiliation::Member, None, cause, context, out);
            }
            let stanza = self.invitation(from, message, invite);
            out.send(guest, &stanza);
        }
        Ok(())
    }

    fn invitation(&self, from: &Jid, message: &Element, invite: &Element) -> Element {
        let reason = invite.get_child("reason", ns::USER).map(|reason| shortened(&reason.text()));
        let mut relayed = Element::bare("invite", ns::USER).with_attr("from", from.as_str());
        if let Some(reason) = &reason {
            relayed.append_child(Element::bare("reason", ns::USER).with_text(reason));
        }
        if let Some(proceed) = invite.get_child("continue", ns::USER) {
            let thread = proceed.attr("thread");
            relayed.append_child(Element::bare("continue", ns::USER).with_attr_opt("thread", thread));
        }
        let mut user = Element::bare("x", ns::USER).with_child(relayed);
        let password = self.record.config.password.as_deref();
        if let Some(password) = password {
            user.append_child(Element::bare("password", ns::USER).with_text(password));
        }
        // Compat: Openfire adds the direct form for clients that know only that one (XEP-0249).
        let direct = Element::bare("x", ns::CONFERENCE)
            .with_attr("jid", self.record.room.as_str())
            .with_attr_opt("password", password)
            .with_attr_opt("reason", reason);
        Element::bare("message", CLIENT)
            .with_attr("from", self.record.room.as_str())
            .with_attr_opt("id", message.attr("id"))
            .with_child(user)
            .with_child(direct)
    }

    /// Tells somebody in the room that an invitation was declined. Others cannot be reached this way.
    pub(super) fn decline(&self, from: &Jid, message: &Element, decline: &Element, out: &mut Outcome) {
        let Some(inviter) = decline.attr("to").and_then(|to| Jid::new(to).ok()) else {
            return out.refuse(from, message, Condition::BadRequest);
        };
        let user = inviter.to_bare();
        let sessions: Vec<Jid> = if let Some((_, session)) = self.occupants.of(&inviter) {
            vec![session.clone().into()]
        } else {
            let own = self.occupants.iter().filter(|occupant| occupant.user == user);
            own.flat_map(|occupant| occupant.sessions.keys().map(|jid| jid.clone().into())).collect()
        };
        if sessions.is_empty() {
            return out.refuse(from, message, Condition::ItemNotFound);
        }
        let mut relayed = Element::bare("decline", ns::USER).with_attr("from", from.to_bare().as_str());
        if let Some(reason) = decline.get_child("reason", ns::USER) {
            relayed.append_child(Element::bare("reason", ns::USER).with_text(&shortened(&reason.text())));
        }
        let stanza = Element::bare("message", CLIENT)
            .with_attr("from", self.record.room.as_str())
            .with_attr_opt("id", message.attr("id"))
            .with_child(Element::bare("x", ns::USER).with_child(relayed));
        out.send_bytes(sessions.into(), crate::xml::stanza_bytes(&stanza));
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(limits::ROOM_TEXT_CHARS_MAX).collect()
}
