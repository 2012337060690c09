//! Which part of an archive a question is about, and the page that is made of what was found there.

use std::collections::BTreeMap;

use cobnut_model::{UnixMillis, limits};

use super::question::{Direction, Filter, Question};

/// The place of a message in its archive: its time and its number.
pub type Position = (UnixMillis, i64);

/// Before every message.
const BEGINNING: Position = (UnixMillis(0), 0);
/// After every message. The year is 33658; the text of the time has fifteen digits, as Openfire keeps it.
const END: Position = (UnixMillis(999_999_999_999_999), i64::MAX);

/// A part of an archive, as the store looks it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// After this place.
    pub after: Position,
    /// Before this place.
    pub before: Position,
    /// Whether to begin at its end.
    pub is_newest_first: bool,
    /// Most messages that are wanted: one more than the page holds, to know whether it is the last.
    pub limit: usize,
}

/// What a question found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<M> {
    /// The messages of the page, the oldest first.
    pub messages: Vec<M>,
    /// Whether nothing lies beyond the page in the direction of the question.
    pub is_complete: bool,
    /// How many messages the filter lets through, all pages together, if that was counted.
    pub count: Option<u64>,
    /// How many of them come before the page, if that is known.
    pub index: Option<u64>,
}

impl Span {
    /// The first or the last message, not before a time if there is one.
    pub fn end(is_last: bool, start: Option<UnixMillis>) -> Self {
        let after = start.map_or(BEGINNING, |start| (start.min(END.0), 0));
        Self { after, before: END, is_newest_first: is_last, limit: 1 }
    }
}

impl Question {
    /// The same about nothing before a time.
    #[must_use]
    pub fn since(mut self, start: Option<UnixMillis>) -> Self {
        self.filter.start = self.filter.start.max(start);
        self
    }

    /// The numbers of messages that the question goes by: their places have to be known, see [`Self::span`].
    pub fn landmarks(&self) -> Vec<i64> {
        let (Direction::Forwards(turn) | Direction::Backwards(turn)) = self.direction;
        [self.filter.after, self.filter.before, turn].into_iter().flatten().collect()
    }

    /// The part of the archive that the page is taken from. `times` has the times of the messages that exist among
    /// [`Self::landmarks`]; `None` if one is missing (XEP-0313 §4.1.3).
    pub fn span(&self, times: &BTreeMap<i64, UnixMillis>) -> Option<Span> {
        let place = |number: i64| times.get(&number).map(|at| (*at, number));
        let mut span = self.whole(times)?;
        match self.direction {
            Direction::Forwards(Some(turn)) => span.after = span.after.max(place(turn)?),
            Direction::Backwards(Some(turn)) => span.before = span.before.min(place(turn)?),
            Direction::Forwards(None) | Direction::Backwards(None) => {}
        }
        Some(span)
    }

    /// The same for all pages together.
    pub fn whole(&self, times: &BTreeMap<i64, UnixMillis>) -> Option<Span> {
        let place = |number: i64| times.get(&number).map(|at| (*at, number));
        let Filter { start, end, after, before, numbers: _ } = self.filter;
        let mut span = Span {
            after: start.map_or(BEGINNING, |start| (start.min(END.0), 0)),
            before: end.map_or(END, |end| (end.min(END.0), i64::MAX)),
            is_newest_first: matches!(self.direction, Direction::Backwards(_)),
            limit: self.max.saturating_add(1),
        };
        if let Some(after) = after {
            span.after = span.after.max(place(after)?);
        }
        if let Some(before) = before {
            span.before = span.before.min(place(before)?);
        }
        Some(span)
    }

    /// The page of what was found in [`Self::span`], in the order in which it was looked up. `size_of` are the bytes of a
    /// message.
    pub fn page<M>(&self, mut found: Vec<M>, count: Option<u64>, size_of: impl Fn(&M) -> usize) -> Page<M> {
        let mut bytes = 0_usize;
        let is_too_much = |message: &M| {
            let is_first = bytes == 0;
            bytes = bytes.saturating_add(size_of(message).max(1));
            !is_first && bytes > limits::ARCHIVE_PAGE_BYTES
        };
        let fitting = found.iter().position(is_too_much).unwrap_or(found.len()).min(self.max);
        let is_complete = found.len() <= fitting;
        found.truncate(fitting);
        let held = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let index = match self.direction {
            Direction::Forwards(None) => Some(0),
            Direction::Backwards(_) if is_complete => Some(0),
            Direction::Backwards(None) => count.map(|count| count.saturating_sub(held)),
            Direction::Forwards(Some(_)) if is_complete => count.map(|count| count.saturating_sub(held)),
            Direction::Forwards(Some(_)) | Direction::Backwards(Some(_)) => None,
        };
        if matches!(self.direction, Direction::Backwards(_)) {
            found.reverse();
        }
        Page { messages: found, is_complete, count, index }
    }
}

/// Looks a question up in a list, in any order: for messages that are asked for by their numbers
/// ([`Filter::numbers`]). `None` if a message that the question names is missing.
pub fn select<M: Clone>(
    archive: &[M],
    question: &Question,
    times: &BTreeMap<i64, UnixMillis>,
    place: impl Fn(&M) -> Position,
    size_of: impl Fn(&M) -> usize,
    is_meant: impl Fn(&M) -> bool,
) -> Option<Page<M>> {
    let (whole, span) = (question.whole(times)?, question.span(times)?);
    let numbers = question.filter.numbers.as_deref();
    let exists = |number: &i64| archive.iter().any(|message| place(message).1 == *number);
    if !numbers.unwrap_or_default().iter().all(exists) {
        return None;
    }
    let mut found: Vec<&M> = archive.iter().collect();
    found.retain(|message| {
        let at = place(message);
        let is_named = numbers.is_none_or(|numbers| numbers.contains(&at.1));
        is_named && at > whole.after && at < whole.before && is_meant(message)
    });
    found.sort_by_key(|message| place(message));
    let count = u64::try_from(found.len()).ok();
    found.retain(|message| place(message) > span.after && place(message) < span.before);
    if span.is_newest_first {
        found.reverse();
    }
    found.truncate(span.limit);
    Some(question.page(found.into_iter().cloned().collect(), count, size_of))
}
