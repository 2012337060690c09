//! Stanzas (RFC 6120 §8): building, addressing, errors, and what a message or presence says about itself.
//!
//! Payloads stay opaque; only what a routing decision needs is looked at.

mod address;
mod element;
mod error;
mod message;
mod presence;

pub use address::{Destination, destination};
pub use element::{ElementExt, has_to, start_tag_attr, with_to};
pub use error::{Condition, error_reply, error_reply_with};
pub use message::{MessageFacts, MessageKind};
pub use presence::{Availability, PresenceKind};
