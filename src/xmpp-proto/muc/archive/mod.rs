//! What was said long ago (XEP-0313): questions to the archive of a room, and the answers.
//!
//! The room decides who may ask and what a question means; the lookup is the store's, and [`ArchiveLookup`] writes the
//! answer without the room, so that a large page does not hold up those who talk.

mod answer;
mod id;
mod request;

pub use answer::Archived;
pub use request::{ArchiveLookup, ArchiveRequest, Asked, Speaker};
