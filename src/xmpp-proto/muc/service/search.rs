//! Looking for a room (XEP-0055), with the fields that Openfire offers.

use cobnut_model::limits;
use minidom::Element;

use super::RoomSummary;
use crate::data_form::{Form, FormWriter};
use crate::stanza::{Condition, ElementExt as _};

const SEARCH: &str = "jabber:iq:search";

/// The form that says what can be looked for.
pub fn search_form() -> Element {
    let instructions = "Fill in what you know of the room; all fields that are filled in have to match.";
    let mut form = FormWriter::new("form", SEARCH);
    form.text("title", "Room search");
    form.text("instructions", instructions);
    form.field("name", "text-single", Some("Name"), []);
    form.flag("name_is_exact_match", "The name has to be the same", false);
    form.field("subject", "text-single", Some("Subject"), []);
    form.field("num_users", "text-single", Some("At least so many occupants"), []);
    form.field("num_max_users", "text-single", Some("At most so many occupants allowed"), []);
    form.flag("include_password_protected", "Rooms with a password, too", true);
    Element::bare("query", SEARCH)
        .with_child(Element::bare("instructions", SEARCH).with_text(instructions))
        .with_child(form.finish())
}

/// What somebody looks for.
struct Wanted {
    name: String,
    is_exact: bool,
    subject: String,
    users: Option<u32>,
    users_max: Option<u32>,
    with_password: bool,
}

impl Wanted {
    fn read(form: &Form) -> Result<Self, Condition> {
        let text = |name: &str| form.value(name).map(|text| text.trim().to_lowercase()).unwrap_or_default();
        let number = |name: &str| match text(name).as_str() {
            "" => Ok(None),
            digits => digits.parse().map(Some).map_err(|_| Condition::NotAcceptable),
        };
        let wanted = Self {
            name: text("name"),
            is_exact: form.flag("name_is_exact_match").unwrap_or(Ok(false))?,
            subject: text("subject"),
            users: number("num_users")?,
            users_max: number("num_max_users")?,
            with_password: form.flag("include_password_protected").unwrap_or(Ok(true))?,
        };
        let is_too_wide = wanted.name.is_empty()
            && wanted.subject.is_empty()
            && wanted.users.is_none()
            && wanted.users_max.is_none();
        if is_too_wide { Err(Condition::BadRequest) } else { Ok(wanted) }
    }

    fn fits(&self, room: &RoomSummary) -> bool {
        let local = room.room.node().map_or("", |node| node.as_str());
        let (title, local) = (room.title.to_lowercase(), local.to_lowercase());
        let is_named = if self.is_exact && !self.name.is_empty() {
            title == self.name || local == self.name
        } else {
            title.contains(&self.name) || local.contains(&self.name)
        };
        is_named
            && room.subject.to_lowercase().contains(&self.subject)
            && self.users.is_none_or(|users| room.occupants >= users)
            && self.users_max.is_none_or(|max| room.occupants_max != 0 && room.occupants_max <= max)
            && (self.with_password || !room.is_password_protected)
    }
}

/// The answer to a submitted form: those of the rooms that fit, ordered by address, as many as
/// [`limits::ROOM_LIST_PAGE_MAX`].
pub fn search_rooms(query: &Element, rooms: &[RoomSummary]) -> Result<Element, Condition> {
    let form = Form::within(query).ok_or(Condition::BadRequest)?;
    let wanted = Wanted::read(&form)?;
    let mut found: Vec<&RoomSummary> = rooms.iter().filter(|room| wanted.fits(room)).collect();
    found.sort_by(|a, b| a.room.cmp(&b.room));
    let mut result = FormWriter::new("result", SEARCH);
    result.reported(&[
        ("name", "text-single", "Name"),
        ("subject", "text-single", "Subject"),
        ("num_users", "text-single", "Occupants"),
        ("num_max_users", "text-single", "Most occupants"),
        ("is_password_protected", "boolean", "Password"),
        ("is_member_only", "boolean", "Members only"),
        ("jid", "jid-single", "Address"),
    ]);
    for room in found.into_iter().take(limits::ROOM_LIST_PAGE_MAX) {
        let flag = |is_set: bool| if is_set { "1" } else { "0" };
        result.item(&[
            ("name", &room.title),
            ("subject", &room.subject),
            ("num_users", &room.occupants.to_string()),
            ("num_max_users", &room.occupants_max.to_string()),
            ("is_password_protected", flag(room.is_password_protected)),
            ("is_member_only", flag(room.is_members_only)),
            ("jid", room.room.as_str()),
        ]);
    }
    Ok(Element::bare("query", SEARCH).with_child(result.finish()))
}
