//! Rosters (RFC 6121 §2) and subscriptions (§3, Appendix A) as pure tables.

mod item;
mod set;
mod shared;
mod subscription;
mod version;

pub use item::{ItemChange, apply_inbound, apply_outbound, apply_removal, item_element, removed_element};
pub use set::{RosterSet, parse_set};
pub use shared::{Audience, SharedGroup, SharedGroups};
pub use subscription::{Inbound, Outbound, SubscriptionStanza, SubscriptionState, inbound, outbound};
pub use version::roster_version;
