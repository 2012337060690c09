//! What a room says about itself (XEP-0045 §6.4, §6.5).

use jid::Jid;
use minidom::Element;

use super::outcome::Outcome;
use super::{Affiliation, Context, Room, Subject, ns};
use crate::data_form::FormWriter;
use crate::mam::{MAM, MAM_EXTENDED, stamp};
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::ns::PING;

const ROOM_INFO: &str = "http://jabber.org/protocol/muc#roominfo";
const RESERVED_NICK: &str = "x-roomuser-item";
const SELF_PING: &str = "http://jabber.org/protocol/muc#self-ping-optimization";
const STABLE_ID: &str = "http://jabber.org/protocol/muc#stable_id";
const REQUEST: &str = "http://jabber.org/protocol/muc#request";

impl Room {
    /// What people read as its name: the one that its owner gave, else the local part of its address.
    pub fn title(&self) -> &str {
        let name = self.record.config.name.trim();
        let local = self.record.room.node().map_or("", |node| node.as_str());
        if name.is_empty() { local } else { name }
    }

    pub(super) fn disco_info_iq(&self, from: &Jid, iq: &Element, query: &Element, out: &mut Outcome) {
        match query.attr("node") {
            None => out.reply(from, iq, Some(self.disco_info())),
            Some(RESERVED_NICK) => {
                let listed = self.record.people.get::<Jid>(&from.to_bare());
                let nick = listed.and_then(|listed| listed.nickname.as_deref());
                let mut info = Element::bare("query", ns::DISCO_INFO).with_attr("node", RESERVED_NICK);
                if let Some(nick) = nick {
                    info.append_child(identity(nick));
                }
                out.reply(from, iq, Some(info));
            }
            Some(_) => out.refuse(from, iq, Condition::ItemNotFound),
        }
    }

    /// The answer to `disco#info`.
    pub fn disco_info(&self) -> Element {
        let config = &self.record.config;
        let choose = |is_so: bool, so: &'static str, other: &'static str| if is_so { so } else { other };
        let mut features = vec![
            ns::MUC,
            ns::DISCO_INFO,
            ns::DISCO_ITEMS,
            choose(config.is_public, "muc_public", "muc_hidden"),
            choose(config.is_members_only, "muc_membersonly", "muc_open"),
            choose(config.is_moderated, "muc_moderated", "muc_unmoderated"),
            choose(config.is_non_anonymous, "muc_nonanonymous", "muc_semianonymous"),
            choose(config.password.is_some(), "muc_passwordprotected", "muc_unsecured"),
            choose(config.is_persistent, "muc_persistent", "muc_temporary"),
            PING,
            REQUEST,
            SELF_PING,
            STABLE_ID,
            ns::OCCUPANT_ID,
            ns::STANZA_ID,
        ];
        features.extend(config.can_register.then_some(ns::REGISTER));
        if self.has_archive() {
            features.extend([MAM, MAM_EXTENDED]);
        }
        features.extend(self.policy.features.iter().map(String::as_str));
        let mut query = Element::bare("query", ns::DISCO_INFO).with_child(identity(self.title()));
        for feature in features {
            query.append_child(Element::bare("feature", ns::DISCO_INFO).with_attr("var", feature));
        }
        query.with_child(self.room_info())
    }

    /// The form in it (§15.5.4); Spark's room browser shows the first three.
    fn room_info(&self) -> Element {
        let config = &self.record.config;
        let subject = self.record.subject.as_ref().map(Subject::text).unwrap_or_default();
        let occupants = self.occupants.len().to_string();
        let history = self.policy.history_messages.to_string();
        let created = stamp(self.record.created_at);
        let mut form = FormWriter::new("result", ROOM_INFO);
        let fields = [
            ("muc#roominfo_description", "Description", config.description.as_str()),
            ("muc#roominfo_subject", "Subject", subject.as_str()),
            ("muc#roominfo_occupants", "Number of occupants", occupants.as_str()),
            ("x-muc#roominfo_creationdate", "Creation date", created.as_str()),
            ("muc#maxhistoryfetch", "Most messages of the past", history.as_str()),
        ];
        for (var, label, value) in fields {
            form.field(var, "text-single", Some(label), [value]);
        }
        form.flag("muc#roominfo_subjectmod", "Occupants may change the subject", config.can_change_subject);
        form.finish()
    }

    /// Occupants are told to those who are there or belong there, and to everybody where everybody could look inside.
    pub(super) fn disco_items_iq(&self, from: &Jid, iq: &Element, context: &Context<'_>, out: &mut Outcome) {
        let mut items = Element::bare("query", ns::DISCO_ITEMS);
        let config = &self.record.config;
        let affiliation = self.affiliation_of(&from.to_bare(), context);
        let is_open =
            config.is_public && !config.is_members_only && config.password.is_none() && !self.is_locked();
        let is_own = affiliation > Affiliation::None || self.occupants.of(from).is_some();
        if is_own || (is_open && affiliation != Affiliation::Outcast) {
            for occupant in self.occupants.iter().filter(|occupant| self.record.config.shows(occupant.role)) {
                let jid = self.occupant_jid(&occupant.nick);
                items.append_child(Element::bare("item", ns::DISCO_ITEMS).with_attr("jid", jid));
            }
        }
        out.reply(from, iq, Some(items));
    }
}

fn identity(name: &str) -> Element {
    Element::bare("identity", ns::DISCO_INFO)
        .with_attr("category", "conference")
        .with_attr("type", "text")
        .with_attr("name", name)
}
