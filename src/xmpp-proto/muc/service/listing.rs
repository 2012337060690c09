//! What a service says about itself and its rooms (XEP-0045 §6.2 and §6.3, XEP-0059).

use std::cmp::Ordering;

use cobnut_model::limits;
use jid::BareJid;
use minidom::Element;
use serde::{Deserialize, Serialize};

use super::super::{Affiliation, Lock, Room, Subject, ns};
use super::ServiceSettings;
use crate::stanza::{Condition, ElementExt as _};
use crate::xml::ns::PING;

const RSM: &str = "http://jabber.org/protocol/rsm";
const SEARCH: &str = "jabber:iq:search";
const UNIQUE: &str = "http://jabber.org/protocol/muc#unique";

/// What lists show of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property of the room that lists show or hide by"
)]
pub struct RoomSummary {
    /// Its address.
    pub room: BareJid,
    /// What people read as its name.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Its subject.
    pub subject: String,
    /// Occupants.
    pub occupants: u32,
    /// Most occupants; 0 for no limit.
    pub occupants_max: u32,
    /// Whether it is listed.
    pub is_public: bool,
    /// Whether only members may enter.
    pub is_members_only: bool,
    /// Whether a password is needed.
    pub is_password_protected: bool,
    /// Whether nobody but owners may enter.
    pub is_locked: bool,
}

impl Room {
    /// What lists show of it.
    pub fn summary(&self) -> RoomSummary {
        let record = self.record();
        RoomSummary {
            room: record.room.clone(),
            title: self.title().to_owned(),
            description: record.config.description.clone(),
            subject: record.subject.as_ref().map(Subject::text).unwrap_or_default(),
            occupants: u32::try_from(self.occupant_count()).unwrap_or(u32::MAX),
            occupants_max: record.config.occupants_max,
            is_public: record.config.is_public,
            is_members_only: record.config.is_members_only,
            is_password_protected: record.config.password.is_some(),
            is_locked: record.lock != Lock::Open,
        }
    }
}

impl RoomSummary {
    /// Whether a person is shown the room. `affiliation` is what they are to it, where the caller knows; who is on its
    /// lists finds also what is hidden from others. Compat: Openfire's rules.
    pub fn is_shown(&self, affiliation: Affiliation, settings: &ServiceSettings) -> bool {
        if affiliation > Affiliation::None {
            return true;
        }
        self.is_public
            && (settings.lists_locked || !self.is_locked)
            && (settings.lists_members_only || !self.is_members_only)
    }
}

/// The answer to `disco#info` about the service. Compat: Spark takes a service with the first feature for one with
/// rooms, and prefers the identity.
pub fn service_info(name: &str, features: &[&str]) -> Element {
    let identity = Element::bare("identity", ns::DISCO_INFO)
        .with_attr("category", "conference")
        .with_attr("type", "text")
        .with_attr("name", name);
    let mut query = Element::bare("query", ns::DISCO_INFO).with_child(identity);
    let own =
        [ns::MUC, ns::DISCO_INFO, ns::DISCO_ITEMS, PING, RSM, SEARCH, UNIQUE, ns::OCCUPANT_ID, ns::STANZA_ID];
    for feature in own.iter().chain(features) {
        query.append_child(Element::bare("feature", ns::DISCO_INFO).with_attr("var", *feature));
    }
    query
}

/// The answer to a request for a room name that nobody uses (XEP-0307). `random` makes it one.
pub fn unique_name(random: u128) -> Element {
    Element::bare("unique", UNIQUE).with_text(&format!("{random:032x}"))
}

/// The answer to `disco#items` of the service: the rooms that the caller found fit to show, paged if `query` asks for
/// it. Pages are ordered by address, and a room that is gone does not spoil the next page.
pub fn service_items(query: &Element, rooms: &[RoomSummary]) -> Result<Element, Condition> {
    let mut rooms: Vec<&RoomSummary> = rooms.iter().collect();
    rooms.sort_by(|a, b| a.room.cmp(&b.room));
    let mut answer = Element::bare("query", ns::DISCO_ITEMS);
    let page = match query.get_child("set", RSM) {
        None => Page { rooms, set: None },
        Some(set) => page(set, rooms)?,
    };
    for room in page.rooms {
        // Compat: Spark shows the name and nothing else, and one address that is none spoils the list.
        let item = Element::bare("item", ns::DISCO_ITEMS)
            .with_attr("jid", room.room.as_str())
            .with_attr("name", &room.title);
        answer.append_child(item);
    }
    if let Some(set) = page.set {
        answer.append_child(set);
    }
    Ok(answer)
}

struct Page<'r> {
    rooms: Vec<&'r RoomSummary>,
    set: Option<Element>,
}

/// Result set management (XEP-0059 §2); addresses are the identifiers.
fn page<'r>(set: &Element, mut rooms: Vec<&'r RoomSummary>) -> Result<Page<'r>, Condition> {
    let text = |name: &str| set.get_child(name, RSM).map(Element::text);
    let number = |name: &str| match text(name) {
        Some(text) => text.trim().parse::<usize>().map(Some).map_err(|_| Condition::BadRequest),
        None => Ok(None),
    };
    let max = number("max")?.unwrap_or(limits::ROOM_LIST_PAGE_MAX).min(limits::ROOM_LIST_PAGE_MAX);
    let count = rooms.len();
    let passed = |id: &str, too: Ordering| {
        rooms.partition_point(|room| {
            let order = room.room.as_str().cmp(id);
            order == Ordering::Less || order == too
        })
    };
    let first = match (text("before"), text("after"), number("index")?) {
        (Some(before), _, _) if before.is_empty() => count.saturating_sub(max),
        (Some(before), _, _) => {
            let end = passed(&before, Ordering::Less);
            rooms.truncate(end);
            end.saturating_sub(max)
        }
        (None, Some(after), _) => passed(&after, Ordering::Equal),
        (None, None, Some(index)) => index.min(count),
        (None, None, None) => 0,
    };
    rooms.drain(..first);
    rooms.truncate(max);
    let element = |name: &str, text: &str| Element::bare(name, RSM).with_text(text);
    let mut answer = Element::bare("set", RSM);
    if let (Some(oldest), Some(newest)) = (rooms.first(), rooms.last()) {
        answer.append_child(element("first", oldest.room.as_str()).with_attr("index", first.to_string()));
        answer.append_child(element("last", newest.room.as_str()));
    }
    answer.append_child(element("count", &count.to_string()));
    Ok(Page { rooms, set: Some(answer) })
}
