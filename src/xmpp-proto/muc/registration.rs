//! Registering with a room: membership and a nickname of one's own (XEP-0045 §7.10).

use jid::Jid;
use minidom::Element;

use super::affiliations::Cause;
use super::outcome::Outcome;
use super::{Affiliation, Context, Room, ns};
use crate::data_form::{Form, FormWriter};
use crate::stanza::{Condition, ElementExt as _};

const FORM: &str = "http://jabber.org/protocol/muc#register";

impl Room {
    pub(super) fn register_iq(
        &mut self,
        from: &Jid,
        iq: &Element,
        query: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let answer = if iq.attr("type") == Some("get") {
            self.registration(from, context).map(Some)
        } else if query.has_child("remove", ns::REGISTER) {
            self.unregister(from, context, out).map(|()| None)
        } else {
            self.register(from, query, context, out).map(|()| None)
        };
        match answer {
            Ok(payload) => out.reply(from, iq, payload),
            Err(condition) => out.refuse(from, iq, condition),
        }
    }

    fn may_register(&self, from: &Jid, context: &Context<'_>) -> Result<(), Condition> {
        if !self.record.config.can_register {
            return Err(Condition::NotAllowed);
        }
        match self.affiliation_of(&from.to_bare(), context) {
            Affiliation::Outcast => Err(Condition::Forbidden),
            _ => Ok(()),
        }
    }

    /// What has to be filled in, or the nickname that one has.
    fn registration(&self, from: &Jid, context: &Context<'_>) -> Result<Element, Condition> {
        let listed = self.record.people.get::<Jid>(&from.to_bare());
        if let Some(nick) = listed.and_then(|listed| listed.nickname.as_deref()) {
            return Ok(Element::bare("query", ns::REGISTER)
                .with_child(Element::bare("registered", ns::REGISTER))
                .with_child(Element::bare("username", ns::REGISTER).with_text(nick)));
        }
        self.may_register(from, context)?;
        let instructions = "Give the nickname that nobody else shall use in this room.";
        let mut form = FormWriter::new("form", FORM);
        form.text("title", "Registration with the room");
        form.text("instructions", instructions);
        let fields = [
            ("muc#register_first", "First name"),
            ("muc#register_last", "Last name"),
            ("muc#register_roomnick", "Nickname"),
            ("muc#register_url", "Your page"),
            ("muc#register_email", "E-mail address"),
            ("muc#register_faqentry", "A few words about yourself"),
        ];
        for (var, label) in fields {
            form.field(var, "text-single", Some(label), []);
        }
        Ok(Element::bare("query", ns::REGISTER)
            .with_child(Element::bare("instructions", ns::REGISTER).with_text(instructions))
            .with_child(form.finish()))
    }

    fn register(
        &mut self,
        from: &Jid,
        query: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) -> Result<(), Condition> {
        self.may_register(from, context)?;
        let form = Form::within(query).ok_or(Condition::BadRequest)?;
        if form.kind == "cancel" {
            return Ok(());
        }
        if form.form_type() != FORM {
            return Err(Condition::BadRequest);
        }
        let nick = form.value("muc#register_roomnick").map(str::trim).unwrap_or_default();
        // A nickname has to fit into an address.
        if !super::enter::is_nick(nick) || self.record.room.with_resource_str(nick).is_err() {
            return Err(Condition::NotAcceptable);
        }
        let user = from.to_bare();
        let is_used = self.occupants.get(nick).is_some_and(|occupant| occupant.user != user);
        if is_used || self.is_reserved_for_other(&user, nick) {
            return Err(Condition::Conflict);
        }
        self.has_place_for(&user)?;
        let affiliation = self.record.people.get::<Jid>(&user).map(|listed| listed.affiliation);
        let affiliation = affiliation.unwrap_or_default().max(Affiliation::Member);
        self.set_affiliation(&user, affiliation, Some(nick), Cause::default(), context, out);
        Ok(())
    }

    fn unregister(&mut self, from: &Jid, context: &Context<'_>, out: &mut Outcome) -> Result<(), Condition> {
        let user = from.to_bare();
        let listed = self.record.people.get::<Jid>(&user).ok_or(Condition::RegistrationRequired)?;
        match listed.affiliation {
            Affiliation::Member => {
                self.set_affiliation(&user, Affiliation::None, None, Cause::default(), context, out);
                Ok(())
            }
            // An owner stays one; only the nickname is free again.
            Affiliation::Owner | Affiliation::Admin => {
                self.forget_nickname(&user, out);
                Ok(())
            }
            Affiliation::Outcast | Affiliation::None => Err(Condition::Forbidden),
        }
    }

    fn forget_nickname(&mut self, user: &jid::BareJid, out: &mut Outcome) {
        let Some(listed) = self.record.people.get_mut::<Jid>(user) else { return };
        if listed.nickname.take().is_some() {
            let (address, affiliation) = (Jid::from(user.clone()), listed.affiliation);
            out.changes.push(super::Change::Affiliation { address, affiliation, nickname: None });
        }
    }
}
