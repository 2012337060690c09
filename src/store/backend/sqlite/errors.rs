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

/// Sorts an error of this driver; `None` for another driver's.
pub(crate) fn classify(err: &dyn DatabaseError) -> Option<ErrorClass> {
    let err = err.try_downcast_ref::<SqliteError>()?;
    // The low byte of an extended result code is the primary one.
    let code = err.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(0) & 0xff;
    Some(match code {
        BUSY | LOCKED | PROTOCOL => ErrorClass::Retry,
        IOERR | FULL | CANTOPEN => ErrorClass::Away,
        TOOBIG => ErrorClass::TooLong,
        READONLY => ErrorClass::Refused,
        _ => ErrorClass::Other,
    })
}
