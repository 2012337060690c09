//! What owners do (XEP-0045 §10): configure, unlock and destroy.

use std::collections::BTreeSet;

use jid::{BareJid, Jid};
use minidom::Element;

use super::affiliations::Cause;
use super::config_form::{self, Submitted};
use super::occupants::Occupant;
use super::outcome::Outcome;
use super::presence::{Notice, status};
use super::{Affiliation, Change, Context, Lock, Room, RoomConfig, ns};
use crate::data_form::Form;
use crate::stanza::Condition;
use crate::xml::stanza_bytes;

impl Room {
    pub(super) fn owner_iq(
        &mut self,
        from: &Jid,
        iq: &Element,
        query: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let answer = if self.affiliation_of(&from.to_bare(), context) < Affiliation::Owner {
            Err(Condition::Forbidden)
        } else if iq.attr("type") == Some("get") {
            Ok(Some(Element::builder("query", ns::OWNER).append(config_form::write(&self.record)).build()))
        } else {
            self.owner_set(query, context, out).map(|()| None)
        };
        match answer {
            Ok(payload) => out.reply(from, iq, payload),
            Err(condition) => out.refuse(from, iq, condition),
        }
    }

    fn owner_set(
        &mut self,
        query: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) -> Result<(), Condition> {
        if let Some(destroy) = query.get_child("destroy", ns::OWNER) {
            let alternate = destroy.attr("jid").filter(|jid| !jid.is_empty()).map(Jid::new);
            let alternate = alternate.transpose().map_err(|_| Condition::JidMalformed)?;
            let text = |name: &str| {
                destroy.get_child(name, ns::OWNER).map(Element::text).filter(|text| !text.is_empty())
            };
            out.append(self.destroy(alternate, text("password").as_deref(), text("reason").as_deref()));
            return Ok(());
        }
        let form = Form::within(query).ok_or(Condition::BadRequest)?;
        match form.kind.as_str() {
            "cancel" => {
                // A room that was never opened is not wanted any more (§10.1.3).
                if matches!(self.record.lock, Lock::Creating(_)) {
                    out.append(self.destroy(None, None, None));
                }
                Ok(())
            }
            "submit" => {
                if !form.is_empty() {
                    let form_type = form.form_type();
                    if !form_type.is_empty() && form_type != config_form::ROOM_CONFIG {
                        return Err(Condition::BadRequest);
                    }
                    let submitted = config_form::read(&form, &self.record.config)?;
                    self.configure_people_and_room(submitted, context, out)?;
                }
                self.open(context, out);
                Ok(())
            }
            _ => Err(Condition::BadRequest),
        }
    }

    /// Lets others in once the room is configured; what an administrator of the service locked stays locked.
    fn open(&mut self, context: &Context<'_>, out: &mut Outcome) {
        if matches!(self.record.lock, Lock::Creating(_)) {
            self.record.lock = Lock::Open;
            self.record.modified_at = context.now;
            note_settings(out);
        }
    }

    fn configure_people_and_room(
        &mut self,
        submitted: Submitted,
        context: &Context<'_>,
        out: &mut Outcome,
    ) -> Result<(), Condition> {
        let Submitted { config, admins, owners } = submitted;
        let changes = self.changed_people(admins, owners)?;
        self.configure(config, context, out);
        for (user, affiliation) in changes {
            self.set_affiliation(&user, affiliation, None, Cause::default(), context, out);
        }
        Ok(())
    }

    /// What the lists of a form change. Compat: as in Openfire, who is no longer owner or administrator becomes a
    /// member; whoever is on both lists is owner.
    fn changed_people(
        &self,
        admins: Option<Vec<BareJid>>,
        owners: Option<Vec<BareJid>>,
    ) -> Result<Vec<(BareJid, Affiliation)>, Condition> {
        if owners.as_ref().is_some_and(Vec::is_empty) {
            return Err(Condition::Conflict);
        }
        let named = |people: &Option<Vec<BareJid>>| -> BTreeSet<BareJid> {
            people.iter().flatten().cloned().collect()
        };
        let (new_admins, new_owners) = (named(&admins), named(&owners));
        let mut changes = Vec::new();
        for (address, listed) in &self.record.people {
            let Err(user) = address.try_as_full() else { continue };
            let is_dropped = match listed.affiliation {
                Affiliation::Owner => owners.is_some() && !new_owners.contains(user),
                Affiliation::Admin => admins.is_some() && !new_admins.contains(user),
                _ => false,
            };
            if is_dropped && !new_admins.contains(user) && !new_owners.contains(user) {
                changes.push((user.clone(), Affiliation::Member));
            }
        }
        for user in &new_admins {
            let current = self.record.people.get::<Jid>(user).map(|listed| listed.affiliation);
            // An owner who is only named as administrator steps down if the list of owners says so, too.
            let stays_owner = current == Some(Affiliation::Owner) && owners.is_none();
            if !new_owners.contains(user) && !stays_owner {
                changes.push((user.clone(), Affiliation::Admin));
            }
        }
        for user in new_owners {
            changes.push((user, Affiliation::Owner));
        }
        self.has_places_for(changes.iter().filter(|(user, _)| !self.is_listed(user)).count())?;
        Ok(changes)
    }

    /// Takes new settings and tells whom they concern (§10.2.1). Also for the operator's console.
    pub fn set_config(&mut self, config: RoomConfig, context: &Context<'_>) -> Outcome {
        let mut out = Outcome::default();
        self.configure(config, context, &mut out);
        out
    }

    fn configure(&mut self, config: RoomConfig, context: &Context<'_>, out: &mut Outcome) {
        if config == self.record.config {
            return;
        }
        let before = std::mem::replace(&mut self.record.config, config);
        self.record.modified_at = context.now;
        note_settings(out);
        self.tell_settings(&before, context, out);
        self.tell_visibility(&before, out);
        if self.record.config.is_members_only && !before.is_members_only {
            self.expel_strangers(context, out);
        }
        if before.is_persistent && self.occupants.is_empty() && self.is_discardable() {
            out.changes.push(Change::Discarded);
        }
    }

    /// Status codes 104 and 170 to 173 (§15.6.2).
    fn tell_settings(&mut self, before: &RoomConfig, context: &Context<'_>, out: &mut Outcome) {
        let after = &self.record.config;
        let mut codes = Vec::new();
        if before.is_logged != after.is_logged {
            codes.push(if after.is_logged { 170 } else { 171 });
        }
        if before.is_non_anonymous != after.is_non_anonymous {
            codes.push(if after.is_non_anonymous { 172 } else { 173 });
        }
        let private = RoomConfig {
            is_logged: after.is_logged,
            is_non_anonymous: after.is_non_anonymous,
            ..before.clone()
        };
        if private != *after {
            codes.insert(0, 104);
        }
        let mut x = Element::bare("x", ns::USER);
        for code in codes {
            x.append_child(status(code));
        }
        let mut message = self.room_message(context.stanza_id);
        message.append_child(x);
        out.send_bytes(self.occupants.everyone(), stanza_bytes(&message));
    }

    /// Those whose role is shown or hidden from now on appear to the others, or leave for them.
    fn tell_visibility(&self, before: &RoomConfig, out: &mut Outcome) {
        for occupant in self.occupants.iter() {
            match (before.shows(occupant.role), self.record.config.shows(occupant.role)) {
                (false, true) => self.tell_others(occupant, &Notice::default(), out),
                (true, false) => self.tell_others(occupant, &Notice::leaving(), out),
                _ => {}
            }
        }
    }

    /// The room became members-only (status 322).
    fn expel_strangers(&mut self, context: &Context<'_>, out: &mut Outcome) {
        let is_stranger = |occupant: &&Occupant| occupant.affiliation < Affiliation::Member;
        let strangers = self.occupants.iter().filter(is_stranger);
        let nicks: Vec<String> = strangers.map(|occupant| occupant.nick.clone()).collect();
        for nick in nicks {
            self.expel(&nick, &Notice { codes: vec![322], ..Notice::leaving() }, context, out);
        }
    }
}

/// One change is enough, however many settings it has.
fn note_settings(out: &mut Outcome) {
    if !out.changes.contains(&Change::Settings) {
        out.changes.push(Change::Settings);
    }
}
