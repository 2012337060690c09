//! Real servers for tests, started from what Debian installs, on ports and folders of their own.
//!
//! Used by tests only. Invariant: nothing outlives the process that started it, whatever becomes of that process.

mod mariadb;
mod postgres;
mod skip;
mod supervisor;

pub use mariadb::{MariaDb, MariaDbOptions};
pub use postgres::{Postgres, PostgresOptions};
pub use skip::{REQUIRE_REAL, SKIPPED_FILE, find_program, skip};
