//! Commands that do one thing and end.

pub(crate) mod cluster;
pub(crate) mod config;
pub(crate) mod user;
