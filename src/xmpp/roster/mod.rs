//! Rosters (RFC 6121 §2): results, sets and pushes.

mod cache;
mod groups;
mod handle;
mod push;

pub(crate) use cache::RosterCache;
pub(crate) use groups::{GroupsCache, start};
pub(crate) use handle::answer;
