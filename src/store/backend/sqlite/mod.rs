//! SQLite: one file in WAL mode that several processes may share; one writing connection and a pool of readers.

mod connect;
mod errors;
mod schema;
mod sql;
mod survey;

pub(crate) use connect::SqliteBackend;
pub(crate) use errors::{advice, classify};
#[cfg(test)]
pub(crate) use schema::MIGRATIONS;
