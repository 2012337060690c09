//! Asking for voice in a moderated room (XEP-0045 §7.13 and §8.6).

use jid::Jid;
use minidom::Element;

use super::affiliations::Cause;
use super::outcome::Outcome;
use super::{Context, Role, Room};
use crate::data_form::{Form, FormWriter};
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::{ns::CLIENT, stanza_bytes};

/// The form's type.
pub(super) const VOICE: &str = "http://jabber.org/protocol/muc#request";

impl Room {
    /// A visitor asks, or a moderator answers.
    pub(super) fn voice(
        &mut self,
        from: &Jid,
        message: &Element,
        form: &Form,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let Some((occupant, _)) = self.occupants.of(from) else {
            return out.refuse(from, message, Condition::NotAcceptable);
        };
        match (form.flag("muc#request_allow"), form.value("muc#roomnick")) {
            (Some(Ok(true)), Some(nick)) if occupant.role == Role::Moderator => {
                let nick = nick.to_owned();
                let Some(asker) = self.occupants.get(&nick) else {
                    return out.refuse(from, message, Condition::ItemNotFound);
                };
                if asker.role == Role::Visitor {
                    self.set_standing(&nick, asker.affiliation, Role::Participant, Cause::default(), out);
                }
            }
            (Some(Ok(false) | Err(_)), _) if occupant.role == Role::Moderator => {}
            (Some(_), _) => out.refuse(from, message, Condition::Forbidden),
            (None, _) if occupant.role == Role::Visitor => self.ask_moderators(occupant, context, out),
            // Who has voice needs not ask.
            (None, _) => {}
        }
    }

    fn ask_moderators(&self, asker: &super::occupants::Occupant, context: &Context<'_>, out: &mut Outcome) {
        let mut form = FormWriter::new("form", VOICE);
        form.text("title", "Voice request");
        form.text("instructions", "To let this person speak, submit the form with the last field set.");
        form.options(
            "muc#role",
            "list-single",
            Some("Role"),
            ["participant"],
            &[("Participant", "participant")],
        );
        let jid = asker.shown().map(|(jid, _)| jid.as_str());
        form.field("muc#jid", "jid-single", Some("Address"), jid);
        form.field("muc#roomnick", "text-single", Some("Nickname"), [asker.nick.as_str()]);
        form.flag("muc#request_allow", "Let this person speak?", false);
        let request = Element::bare("message", CLIENT)
            .with_attr("from", self.record.room.as_str())
            .with_attr("id", context.stanza_id)
            .with_child(form.finish());
        let moderators = self.occupants.iter().filter(|occupant| occupant.role == Role::Moderator);
        let sessions: Vec<Jid> = moderators
            .flat_map(|occupant| occupant.sessions.keys().map(|jid| Jid::from(jid.clone())))
            .collect();
        out.send_bytes(sessions.into(), stanza_bytes(&request));
    }
}
