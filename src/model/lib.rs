//! The nouns that every layer of Cobnut shares.
//!
//! Plain data with its invariants and no behaviour beyond them.
//! Invariant: no async, no I/O, no clock; nothing here knows a wire format or a table.

pub mod limits;
mod member;
mod roster;
mod session;
mod time;
mod user;

pub use member::{MemberInfo, NodeId, ParseNodeIdError};
pub use roster::{Ask, RosterItem, Subscription};
pub use session::{Jids, PresenceState, SessionRecord, Show};
pub use time::UnixMillis;
pub use user::{ScramKeys, ScramMechanism, User};
