//! Commands that do one thing and end.

pub(crate) mod check;
pub(crate) mod cluster;
pub(crate) mod config;
pub(crate) mod import;
pub(crate) mod rotate_secret;
pub(crate) mod user;
