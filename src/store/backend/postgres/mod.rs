//! PostgreSQL.

mod connect;
mod errors;
mod schema;
mod sql;
mod survey;

pub(crate) use connect::PostgresBackend;
pub(crate) use errors::{advice, classify};
#[cfg(test)]
pub(crate) use schema::MIGRATIONS;
