//! Error numbers of MySQL and MariaDB.

use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;

use crate::error::ErrorClass;

/// Sorts an error of this driver; `None` for another driver's.
pub(crate) fn classify(err: &dyn DatabaseError) -> Option<ErrorClass> {
    let err = err.try_downcast_ref::<MySqlDatabaseError>()?;
    Some(match err.number() {
        // Lock wait timeout, deadlock, and (MariaDB 11) record changed since the snapshot.
        1205 | 1213 | 1020 => ErrorClass::Retry,
        // Too many connections (of the server, of this account), shutting down, connection killed, network errors,
        // read-only (a failover in progress), server gone, connection lost.
        1040
        | 1053
        | 1077..=1080
        | 1129
        | 1152
        | 1156..=1161
        | 1184
        | 1203
        | 1226
        | 1290
        | 1836
        | 1927
        | 2006
        | 2013 => ErrorClass::Away,
        1406 | 1153 => ErrorClass::TooLong,
        // Incorrect string value, impossible conversion of a parameter, illegal mix of collations.
        1366 | 3988 | 1267 | 1271 => ErrorClass::Characters,
        // Access denied to the database, command denied for the table.
        1044 | 1142 | 1227 => ErrorClass::Refused,
        _ => ErrorClass::Other,
    })
}

/// What an operator can do about an error at start; `None` for another driver's.
pub(crate) fn advice(err: &dyn DatabaseError) -> Option<&'static str> {
    match err.try_downcast_ref::<MySqlDatabaseError>()?.number() {
        1045 | 1698 => Some(
            "correct the user name or the password of the database; characters such as @ : / are written %40 %3A %2F \
             in a URL",
        ),
        1044 | 1142 | 1227 => Some("grant the account all privileges on the database, or correct its name"),
        1049 => Some("create the database, or correct its name"),
        _ => None,
    }
}
