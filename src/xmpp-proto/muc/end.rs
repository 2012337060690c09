//! The end of the room (XEP-0045 §10.9).

use cobnut_model::limits;
use jid::{FullJid, Jid};
use minidom::Element;

use super::outcome::Outcome;
use super::presence::Notice;
use super::{Affiliation, Change, OccupantChange, Room, ns};
use crate::stanza::ElementExt as _;

impl Room {
    /// Destroys the room: everybody is told and put out, nobody may enter any more.
    pub fn destroy(
        &mut self,
        alternate: Option<Jid>,
        password: Option<&str>,
        reason: Option<&str>,
    ) -> Outcome {
        let mut out = Outcome::default();
        if self.is_destroyed {
            return out;
        }
        let reason: Option<String> =
            reason.map(|text| text.chars().take(limits::ROOM_TEXT_CHARS_MAX).collect());
        let mut destroy = Element::bare("destroy", ns::USER)
            .with_attr_opt("jid", alternate.as_ref().map(ToString::to_string));
        for (name, text) in [("password", password), ("reason", reason.as_deref())] {
            if let Some(text) = text {
                destroy.append_child(Element::bare(name, ns::USER).with_text(text));
            }
        }
        self.is_destroyed = true;
        let nicks: Vec<String> = self.occupants.iter().map(|occupant| occupant.nick.clone()).collect();
        for nick in nicks {
            let Some(gone) = self.occupants.remove(&nick) else { continue };
            let removed =
                |jid: &FullJid| OccupantChange::Removed { nick: gone.nick.clone(), jid: jid.clone() };
            out.occupants.extend(gone.sessions.keys().map(removed));
            let notice =
                Notice { destroy: Some(&destroy), affiliation: Some(Affiliation::None), ..Notice::leaving() };
            self.tell_self(&gone, gone.sessions.keys(), &notice, &mut out);
        }
        out.changes.push(Change::Destroyed { alternate, reason });
        out
    }
}
