//! Owner-authoritative maps with typed keys and values: each node writes its own entries, all nodes read all entries.
//!
//! A map is a type that names its number, key and value. That is all a feature needs:
//!
//! ```
//! use cobnut_mesh::{Cluster, MapNumber, Replicated};
//!
//! /// Who is typing, by account.
//! struct Typing;
//! impl Replicated for Typing {
//!     const NUMBER: MapNumber = MapNumber::private(1);
//!     type Key = String;
//!     type Value = bool;
//! }
//!
//! fn someone_types(cluster: &Cluster, account: &str) {
//!     cluster.map::<Typing>().put(account.to_owned(), true);
//! }
//! ```
//!
//! What every map promises: a change is visible on this node at once and on the others as soon as they have applied it,
//! in the order in which its owner made the changes; entries vanish when their owner leaves or dies; a read never leaves
//! the node and never waits. Client sessions are one of these maps with indexes of their own ([`crate::Sessions`]);
//! presence is a part of the session's entry, because both begin, change and end with the same connection, and two
//! entries could contradict each other for a moment.

mod claims;
mod handle;
mod kind;
mod numbers;
mod raw;
mod registry;
mod replica;
mod tally;
#[cfg(test)]
mod tests;
mod typed;
mod types;

pub(crate) use cobnut_mesh_proto::Tally;
pub use handle::Map;
pub use kind::{Change, Claims, Entry, Replicated};
pub use numbers::MapNumber;
pub(crate) use registry::Maps;
pub(crate) use replica::{Incoming, OWN_TAG, OwnEntry, Owner, Replica, Unreadable, is_before};
pub(crate) use tally::Tallies;
pub use types::{ComponentRecord, Components, Listener, NodeRecord, NodeRecords};
