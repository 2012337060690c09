//! Ad-hoc commands (XEP-0050) of the server, and among them those for its administrators (XEP-0133).
//!
//! A command shows one form at most. Nothing is remembered between the form and its answer, which says all that there is
//! to know: the commands go on at any member, and nobody fills the memory with sessions that he never ends.

mod administration;
mod form;
mod request;

pub use administration::{AdminAnswer, AdminCommand, AdminRequest, Population};
pub use request::{CommandRequest, canceled, completed, executing};

/// XEP-0050.
pub const NS_COMMANDS: &str = "http://jabber.org/protocol/commands";
/// XEP-0133.
const NS_ADMIN: &str = "http://jabber.org/protocol/admin";
