//! SQLite's result codes.

use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;

use crate::error::ErrorClass;

const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const READONLY: u32 = 8;
const IOERR: u32 = 10;
const FULL: u32 = 13;
const CANTOPEN: u32 = 14;
const PROTOCOL: u32 = 15;
const TOOBIG: u32 = 18;
const NOTADB: u32 = 26;

/// Sorts an error of this driver; `None` for another driver's.
pub(crate) fn classify(err: &dyn DatabaseError) -> Option<ErrorClass> {
    let err = err.try_downcast_ref::<SqliteError>()?;
    Some(match primary_code(err) {
        BUSY | LOCKED | PROTOCOL => ErrorClass::Retry,
        IOERR | FULL | CANTOPEN => ErrorClass::Away,
        TOOBIG => ErrorClass::TooLong,
        READONLY => ErrorClass::Refused,
        _ => ErrorClass::Other,
    })
}

/// What an operator can do about an error at start; `None` for another driver's.
pub(crate) fn advice(err: &dyn DatabaseError) -> Option<&'static str> {
    match primary_code(err.try_downcast_ref::<SqliteError>()?) {
        CANTOPEN | READONLY => Some("let this user write to the file and to its folder"),
        NOTADB => Some("name another file, or restore this one"),
        _ => None,
    }
}

/// Whether a file cannot be opened, which waiting does not change.
pub(crate) fn is_unopenable(err: &sqlx::Error) -> bool {
    let err = err.as_database_error().and_then(|err| err.try_downcast_ref::<SqliteError>());
    err.is_some_and(|err| primary_code(err) == CANTOPEN)
}

/// The low byte of an extended result code.
fn primary_code(err: &SqliteError) -> u32 {
    err.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(0) & 0xff
}
