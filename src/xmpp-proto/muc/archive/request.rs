//! Reading a question (XEP-0313 §4).

use cobnut_model::{UnixMillis, limits};
use jid::{BareJid, Jid};
use jiff::Timestamp;
use minidom::Element;

use super::super::outcome::Outcome;
use super::super::{Affiliation, Context, Role, Room};
use super::{MAM, RSM};
use crate::data_form::{Form, FormWriter};
use crate::stanza::{Condition, ElementExt as _};

/// The fields of the form that are understood (§4.1).
const KNOWN: [&str; 7] = ["FORM_TYPE", "with", "start", "end", "before-id", "after-id", "ids"];

/// Whose messages are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// Whoever had this nickname.
    Nick(String),
    /// A person, whatever the nickname was; only for those who see real addresses.
    User(BareJid),
}

/// Which messages a question is about. All parts hold together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveFilter {
    /// Whose.
    pub speaker: Option<Speaker>,
    /// Not before.
    pub start: Option<UnixMillis>,
    /// Not after.
    pub end: Option<UnixMillis>,
    /// After the message with this number.
    pub after: Option<i64>,
    /// Before the message with this number.
    pub before: Option<i64>,
    /// Exactly these numbers; all have to exist.
    pub numbers: Option<Vec<i64>>,
}

/// From which end of what was found a page is taken (XEP-0059).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The oldest, after the message with this number.
    Forwards(Option<i64>),
    /// The newest, before the message with this number.
    Backwards(Option<i64>),
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveRequest {
    /// Which messages.
    pub filter: ArchiveFilter,
    /// Which end of them.
    pub direction: Direction,
    /// Most messages on the page; 0 only counts.
    pub max: usize,
    /// The newest first on the page.
    pub is_flipped: bool,
    pub(super) query_id: Option<String>,
}

/// A question that the store has to look up; [`Room::answer_archive`] takes what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveLookup {
    /// Who asks.
    pub from: Jid,
    /// What has to be found, see [`super::select`].
    pub request: ArchiveRequest,
    /// Whether the one who asks sees real addresses.
    pub(super) sees_addresses: bool,
    pub(super) iq: Element,
}

impl Room {
    pub(in super::super) fn archive_iq(
        &self,
        from: &Jid,
        iq: &Element,
        query: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        if !self.policy.has_archive {
            return out.refuse(from, iq, Condition::ServiceUnavailable);
        }
        let lookup = match self.archive_viewer(from, context) {
            Err(condition) => return out.refuse(from, iq, condition),
            Ok(_) if iq.attr("type") == Some("get") => return out.reply(from, iq, Some(form())),
            Ok(sees_addresses) => self
                .read_archive_request(query, sees_addresses)
                .map(|request| ArchiveLookup { from: from.clone(), request, sees_addresses, iq: iq.clone() }),
        };
        match lookup {
            Ok(lookup) => out.lookups.push(lookup),
            Err(condition) => out.refuse(from, iq, condition),
        }
    }

    /// Who could not enter may not read either (XEP-0313 §8). Says whether they see real addresses.
    fn archive_viewer(&self, from: &Jid, context: &Context<'_>) -> Result<bool, Condition> {
        let affiliation = self.affiliation_of(&from.to_bare(), context);
        let role = self.occupants.of(from).map(|(occupant, _)| occupant.role);
        let config = &self.record.config;
        let needs_more = config.is_members_only || config.password.is_some() || self.is_locked();
        let is_stranger = role.is_none() && affiliation < Affiliation::Member;
        if affiliation == Affiliation::Outcast || (needs_more && is_stranger) {
            return Err(Condition::Forbidden);
        }
        let is_privileged = role == Some(Role::Moderator) || affiliation >= Affiliation::Admin;
        Ok(config.is_non_anonymous || is_privileged)
    }

    fn read_archive_request(
        &self,
        query: &Element,
        sees_addresses: bool,
    ) -> Result<ArchiveRequest, Condition> {
        let form = Form::within(query).unwrap_or_default();
        if !form.is_empty() && form.form_type() != MAM {
            return Err(Condition::BadRequest);
        }
        if form.names().any(|name| !KNOWN.contains(&name)) {
            return Err(Condition::FeatureNotImplemented);
        }
        let instant = |name: &str| match form.value(name) {
            None => Ok(None),
            Some(text) => read_instant(text).map(Some).ok_or(Condition::BadRequest),
        };
        let number = |id: &str| self.archive_number(id.trim()).ok_or(Condition::ItemNotFound);
        let filter = ArchiveFilter {
            speaker: form.value("with").map(|text| self.read_speaker(text, sees_addresses)).transpose()?,
            start: instant("start")?,
            end: instant("end")?,
            after: form.value("after-id").map(number).transpose()?,
            before: form.value("before-id").map(number).transpose()?,
            numbers: match form.values("ids") {
                Some(ids) if ids.len() > limits::ROOM_ARCHIVE_PAGE_MAX => {
                    return Err(Condition::PolicyViolation);
                }
                Some(ids) => Some(ids.iter().map(|id| number(id)).collect::<Result<_, _>>()?),
                None => None,
            },
        };
        let (direction, max) = self.read_page(query)?;
        let is_flipped = query.has_child("flip-page", MAM);
        let query_id = query.attr("queryid").map(str::to_owned);
        Ok(ArchiveRequest { filter, direction, max, is_flipped, query_id })
    }

    fn read_speaker(&self, text: &str, sees_addresses: bool) -> Result<Speaker, Condition> {
        let jid = Jid::new(text.trim()).map_err(|_| Condition::JidMalformed)?;
        let user = jid.to_bare();
        match jid.resource() {
            Some(nick) if user == self.record.room => Ok(Speaker::Nick(nick.as_str().to_owned())),
            _ if sees_addresses => Ok(Speaker::User(user)),
            _ => Err(Condition::Forbidden),
        }
    }

    fn read_page(&self, query: &Element) -> Result<(Direction, usize), Condition> {
        let Some(set) = query.get_child("set", RSM) else {
            return Ok((Direction::Forwards(None), limits::ROOM_ARCHIVE_PAGE));
        };
        let text = |name: &str| set.get_child(name, RSM).map(Element::text);
        let max = match text("max") {
            Some(max) => max.trim().parse::<usize>().map_err(|_| Condition::BadRequest)?,
            None => limits::ROOM_ARCHIVE_PAGE,
        };
        let number = |id: String| match id.trim() {
            "" => Ok(None),
            id => self.archive_number(id).map(Some).ok_or(Condition::ItemNotFound),
        };
        let direction = match (text("before"), text("after")) {
            (Some(before), _) => Direction::Backwards(number(before)?),
            (None, Some(after)) => Direction::Forwards(number(after)?),
            (None, None) => Direction::Forwards(None),
        };
        Ok((direction, max.min(limits::ROOM_ARCHIVE_PAGE_MAX)))
    }
}

fn read_instant(text: &str) -> Option<UnixMillis> {
    let at = text.trim().parse::<Timestamp>().ok()?;
    Some(UnixMillis(u64::try_from(at.as_millisecond()).unwrap_or(0)))
}

/// The fields that a question may have (§4.1.5).
fn form() -> Element {
    let mut form = FormWriter::new("form", MAM);
    form.field("with", "jid-single", None, []);
    for name in ["start", "end", "before-id", "after-id"] {
        form.field(name, "text-single", None, []);
    }
    form.field("ids", "list-multi", None, []);
    Element::bare("query", MAM).with_child(form.finish())
}
