//! Owner-authoritative maps: each node writes its own part, numbers its changes, and peers apply them in order.
//!
//! Entries are opaque: a map number, key bytes, value bytes. The core holds this node's own entries only; what peers
//! wrote is handed out and kept by the driver.

mod digest;
mod feed;
mod log;
mod reader;

pub use digest::entry_hash;
pub(crate) use feed::Feed;
pub(crate) use log::OwnLog;
pub(crate) use reader::Reader;
