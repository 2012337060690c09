//! Owner-authoritative maps: each node writes its own part, numbers its changes, and peers apply them in order.
//!
//! Entries are opaque: a map number, key bytes, value bytes. The core holds this node's own entries only, as bytes or shared
//! with the driver; what peers wrote is handed out and kept by the driver.

mod digest;
mod feed;
mod index;
mod log;
mod reader;
mod recent;
mod slots;

pub use digest::{Tally, entry_hash};
pub(crate) use feed::Feed;
pub(crate) use log::OwnLog;
pub use log::{Codec, SharedEntry};
pub(crate) use reader::Reader;
