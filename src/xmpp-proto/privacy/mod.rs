//! Privacy lists (XEP-0016): rules that say who may reach a user, and whom the user's presence reaches.
//!
//! Blocking (XEP-0191) is a view of the default list: its rules that deny an address everything, as Openfire has it.

mod account;
mod blocking;
mod element;
mod list;

pub use account::{PrivacyLists, addresses_of};
pub use list::{PrivacyList, Traffic};

/// The namespace of lists.
pub const NS_PRIVACY: &str = "jabber:iq:privacy";
/// The namespace of blocking.
pub const NS_BLOCKING: &str = "urn:xmpp:blocking";
/// The namespace of the application error for who writes to somebody they blocked (XEP-0191 §3.7).
pub const NS_BLOCKING_ERRORS: &str = "urn:xmpp:blocking:errors";
