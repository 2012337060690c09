//! What a change of availability sets off (RFC 6121 §4.2, §4.4, §4.5), as a table.

mod change;

pub use change::{PresenceChange, PresenceEffects, effects_of};
