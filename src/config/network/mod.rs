//! Addresses: what Hazelcast makes of a member entry and of an interface pattern, and what follows from it.

mod dial;
mod member_entry;
mod own_address;
mod pattern;

pub(crate) use dial::dial_targets;
pub use dial::{DialHost, DialTarget};
pub(crate) use member_entry::split_entries;
pub use member_entry::{EntryElement, EntryPort, Host, MemberEntry, Outcome};
pub(crate) use own_address::pick_property_address;
pub use own_address::{PickError, pick_address, pick_address_with};
pub use pattern::{AddressPattern, IllegalPattern};
