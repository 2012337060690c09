//! Group chat (XEP-0045): one room, without input and output.
//!
//! [`Room::handle`] takes what a person sends to a room and says in an [`Outcome`] who gets which stanza, what has to
//! be stored, and what has to be replicated. Whatever lasts is in [`Room::parts`]: another member makes the same room
//! of them with [`Room::from_parts`], and nobody in the room notices.
//!
//! How to drive it:
//! * Somebody enters a room that does not exist: [`RoomRecord::new`] with the service's defaults, [`Room::new`], then
//!   [`Room::handle`] with the presence. If [`Room::is_discardable`] says so afterwards, nobody entered: forget it.
//! * Deliveries are routed as any other stanza from another entity: most go to full JIDs, but invitations and
//!   questions that accounts answer go to bare ones. Questions are answered to `room/nick` and belong to
//!   [`Room::handle`], too, even if the sender is a bare JID.
//! * A stanza of type `error` that cannot be delivered to a session belongs to [`Room::handle`], too, or call
//!   [`Room::lose_sessions`].
//! * Two members were home of the same room while they did not see each other: the one that stays home calls
//!   [`Room::merge`] with the occupants of the other.
//! * Where [`Room::has_archive`], questions to the archive (XEP-0313) come out as [`Outcome::lookups`]: look them up in the
//!   store and give [`ArchiveLookup::answer`] what was found. Put a number into [`Context::number`] for each message; it
//!   comes back in [`Change::Said`], and the message has to be stored with it.
//!
//! Invariants: a nickname belongs to one person; a role fits its affiliation; somebody stays owner. No clock, no
//! randomness, no hash maps: equal inputs give equal outcomes.

mod admin;
mod affiliations;
mod archive;
mod config;
mod config_form;
mod context;
mod disco;
mod end;
mod enter;
mod history;
mod invite;
mod iq;
mod leave;
mod merge;
mod messages;
mod nick;
mod ns;
mod occupants;
mod operator;
mod outcome;
mod owner;
mod presence;
mod record;
mod registration;
mod room;
pub mod service;
mod standing;
#[cfg(test)]
mod tests;
mod voice;

pub use archive::{ArchiveLookup, ArchiveRequest, Archived, Asked, Speaker};
pub use config::{PrivateMessages, RoomConfig};
pub use context::{Context, Directory, NoDirectory, RoomPolicy};
pub use history::LogEntry;
pub use leave::Loss;
pub use outcome::{Change, Delivery, OccupantChange, Outcome};
pub use record::{Listed, Lock, OccupantRecord, RoomParts, RoomRecord, Subject};
pub use room::Room;
pub use standing::{Affiliation, Role};
