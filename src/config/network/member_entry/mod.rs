//! Member entries: how Hazelcast splits the text of a `<member>` and what it takes each piece for.
//!
//! The steps are those of `TcpIpConfig.addMember` (commas, trimmed), the joiner's second split at `[,; ]` (not trimmed),
//! `AddressUtil.getAddressHolder` (host and port by counting colons) and `getAddressMatcher` (address or host name).

mod entry;
mod reading;

pub use entry::{EntryElement, EntryPort, Host, MemberEntry, Outcome};
pub(crate) use reading::split_entries;

#[cfg(test)]
mod tests;
