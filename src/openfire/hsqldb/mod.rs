//! HSQLDB's files, as Openfire's embedded database leaves them: a script of SQL statements, one on each line, and a log
//! of what happened since the script was written.
//!
//! Read the log first ([`LogChanges::read`]), then let the rows of the script pass through it. Invariant: memory does not
//! grow with the script, only with its longest line and with the log.

mod added;
mod error;
mod lexer;
mod lines;
mod log;
mod rows;
mod script;
mod state;
mod statement;

pub use error::{ScriptError, ScriptProblem};
pub use log::LogChanges;
pub use rows::{
    GroupMember, GroupProperty, GroupRow, IdRow, OfflineMessage, OpenfireRow, PrivateData, PropertyRow,
    RosterGroup, RosterItem, RowError, UserFlag, UserProperty, UserRow, UserScram, VCardRow, VersionRow,
};
pub use script::{Row, ScriptReader};
pub use state::DatabaseState;
pub use statement::SqlValue;

/// Longest statement in bytes: a text column holds 16 777 216 characters, and each may take six bytes.
const STATEMENT_BYTES_MAX: usize = 128 << 20;

#[cfg(test)]
mod tests;
