//! Reading a question (XEP-0313 §4).

use cobnut_model::{UnixMillis, limits};
use jid::Jid;
use jiff::Timestamp;
use minidom::Element;

use super::{MAM, RSM};
use crate::data_form::{Form, FormWriter};
use crate::stanza::{Condition, ElementExt as _};

/// The fields of the form that are understood (§4.1).
const KNOWN: [&str; 7] = ["FORM_TYPE", "with", "start", "end", "before-id", "after-id", "ids"];

/// Which messages a question is about, but for whose they are. All parts hold together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
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
pub struct Question {
    /// With whom the messages were exchanged.
    pub with: Option<Jid>,
    /// Which messages.
    pub filter: Filter,
    /// Which end of them.
    pub direction: Direction,
    /// Most messages on the page; 0 only counts.
    pub max: usize,
    /// The newest first on the page.
    pub is_flipped: bool,
    /// What the client calls the question.
    pub query_id: Option<String>,
}

/// Reads a `query`. `number_of` says which number an identifier stands for, if it can be one of this archive's.
///
/// # Errors
/// What the client is told: the form cannot be read, has a field that is not understood, or names a message that cannot
/// exist.
pub fn read(query: &Element, number_of: impl Fn(&str) -> Option<i64>) -> Result<Question, Condition> {
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
    let number = |id: &str| number_of(id.trim()).ok_or(Condition::ItemNotFound);
    let with = form.value("with").map(|text| Jid::new(text.trim()).map_err(|_| Condition::JidMalformed));
    let filter = Filter {
        start: instant("start")?,
        end: instant("end")?,
        after: form.value("after-id").map(number).transpose()?,
        before: form.value("before-id").map(number).transpose()?,
        numbers: match form.values("ids") {
            Some(ids) if ids.len() > limits::ARCHIVE_PAGE_MAX => return Err(Condition::PolicyViolation),
            Some(ids) => Some(ids.iter().map(|id| number(id)).collect::<Result<_, _>>()?),
            None => None,
        },
    };
    let (direction, max) = read_page(query, number)?;
    let is_flipped = query.has_child("flip-page", MAM);
    let query_id = query.attr("queryid").map(str::to_owned);
    Ok(Question { with: with.transpose()?, filter, direction, max, is_flipped, query_id })
}

fn read_page(
    query: &Element,
    number_of: impl Fn(&str) -> Result<i64, Condition>,
) -> Result<(Direction, usize), Condition> {
    let Some(set) = query.get_child("set", RSM) else {
        return Ok((Direction::Forwards(None), limits::ARCHIVE_PAGE));
    };
    let text = |name: &str| set.get_child(name, RSM).map(Element::text);
    let max = match text("max") {
        Some(max) => max.trim().parse::<usize>().map_err(|_| Condition::BadRequest)?,
        None => limits::ARCHIVE_PAGE,
    };
    let number = |id: String| match id.trim() {
        "" => Ok(None),
        id => number_of(id).map(Some),
    };
    let direction = match (text("before"), text("after")) {
        (Some(before), _) => Direction::Backwards(number(before)?),
        (None, Some(after)) => Direction::Forwards(number(after)?),
        (None, None) => Direction::Forwards(None),
    };
    Ok((direction, max.min(limits::ARCHIVE_PAGE_MAX)))
}

fn read_instant(text: &str) -> Option<UnixMillis> {
    let at = text.trim().parse::<Timestamp>().ok()?;
    Some(UnixMillis(u64::try_from(at.as_millisecond()).unwrap_or(0)))
}

/// The fields that a question may have (§4.1.5).
pub fn form() -> Element {
    let mut form = FormWriter::new("form", MAM);
    form.field("with", "jid-single", None, []);
    for name in ["start", "end", "before-id", "after-id"] {
        form.field(name, "text-single", None, []);
    }
    form.field("ids", "list-multi", None, []);
    Element::bare("query", MAM).with_child(form.finish())
}
