//! What was said long ago (XEP-0313): questions to the archive of a room, and the answers.
//!
//! The room decides who may ask and what a question means, and writes the answer; the lookup itself is the store's.
//! [`select`] says what a lookup has to find; rooms that are not stored can be answered with it.
//!
//! Invariant: messages are ordered by time and, within it, by number, whatever the order in which they were stored.

mod answer;
mod id;
mod request;
mod select;

pub use answer::ArchivePage;
pub use request::{ArchiveFilter, ArchiveLookup, ArchiveRequest, Direction, Speaker};
pub use select::{Archived, select};

/// XEP-0313.
pub(super) const MAM: &str = "urn:xmpp:mam:2";
/// XEP-0313 §4.3: identifiers in the form, and flipped pages.
pub(super) const MAM_EXTENDED: &str = "urn:xmpp:mam:2#extended";
/// XEP-0059.
const RSM: &str = "http://jabber.org/protocol/rsm";
/// XEP-0297.
const FORWARD: &str = "urn:xmpp:forward:0";
