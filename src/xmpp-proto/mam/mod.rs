//! Message archives (XEP-0313), of rooms and of accounts alike: questions, which part of an archive they are about, and how
//! answers are written. Lookups are the store's.
//!
//! A message has a number, which the archive's identifiers stand for, and a time. Invariant: messages are ordered by time
//! and, within it, by number, whatever the order in which they were stored.

mod answer;
mod eligible;
mod number;
mod page;
mod question;
#[cfg(test)]
mod tests;

pub(crate) use answer::stamp;
pub use answer::{Ends, Found, fin, metadata, prefs, result};
pub use eligible::{is_archived, stamp_id, without_claims};
pub use number::{Numbers, id_of, number_of, numbers_at, time_of};
pub use page::{Page, Position, Span, select};
pub use question::{Direction, Filter, Question, form, read};

/// XEP-0313.
pub const MAM: &str = "urn:xmpp:mam:2";
/// XEP-0313 §9: further fields in the form, flipped pages, and where an archive begins and ends.
pub const MAM_EXTENDED: &str = "urn:xmpp:mam:2#extended";
/// XEP-0059.
const RSM: &str = "http://jabber.org/protocol/rsm";
/// XEP-0297.
const FORWARD: &str = "urn:xmpp:forward:0";
/// XEP-0203.
const DELAY: &str = "urn:xmpp:delay";
/// XEP-0359.
const STANZA_ID: &str = "urn:xmpp:sid:0";
