//! Bringing accounts, groups and properties in from elsewhere, many at a time.
//!
//! An account comes with all that belongs to it or not at all; several small ones share a transaction, whose size is
//! bounded. What a batch cannot take is tried again account by account, so that one bad row costs one account.

mod data;
mod run;
mod writes;

pub use data::{Existing, ImportAccount, ImportMessage, ImportPassword, ImportPrivate, ImportReport};
