//! The service that has the rooms (XEP-0045 §6): its settings, who may make rooms, what it lists and what it finds.
//!
//! Does not know where rooms live: it works on [`RoomSummary`], which any member can keep of all rooms.

mod listing;
mod search;
mod settings;

pub use listing::{RoomSummary, service_info, service_items, unique_name};
pub use search::{search_form, search_rooms};
pub use settings::{CreationRule, ServiceSettings};
