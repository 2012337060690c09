//! SQLSTATE codes of PostgreSQL.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

use crate::error::ErrorClass;

/// Sorts an error of this driver; `None` for another driver's.
pub(crate) fn classify(err: &dyn DatabaseError) -> Option<ErrorClass> {
    Some(class_of(err.try_downcast_ref::<PgDatabaseError>()?.code()))
}

fn class_of(code: &str) -> ErrorClass {
    match code {
        // Serialisation failure, deadlock, lock timeout.
        "40001" | "40P01" | "55P03" => ErrorClass::Retry,
        // Shut down, crashed, starting up, the database was dropped; read-only (a failover in progress).
        "57P01" | "57P02" | "57P03" | "57P04" | "25006" => ErrorClass::Away,
        "22001" => ErrorClass::TooLong,
        // Not in the repertoire, untranslatable.
        "22021" | "22P05" => ErrorClass::Characters,
        "42501" => ErrorClass::Refused,
        // Connection exceptions; no connection, memory or disk space left.
        _ if code.starts_with("08") || code.starts_with("53") || code.starts_with("58") => ErrorClass::Away,
        _ => ErrorClass::Other,
    }
}

/// What an operator can do about an error at start; `None` for another driver's.
pub(crate) fn advice(err: &dyn DatabaseError) -> Option<&'static str> {
    match err.try_downcast_ref::<PgDatabaseError>()?.code() {
        "28P01" => Some(
            "correct the user name or the password of the database; characters such as @ : / are written %40 %3A %2F \
             in a URL",
        ),
        "28000" => Some("correct the user name, or let this host in by a line of the server's pg_hba.conf"),
        "42501" => Some("grant the account all privileges on the tables of the database and on their schema"),
        "3D000" => Some("create the database, or correct its name"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted() {
        for (code, want) in [
            ("40001", ErrorClass::Retry),
            ("08006", ErrorClass::Away),
            ("53300", ErrorClass::Away),
            ("57P03", ErrorClass::Away),
            ("22001", ErrorClass::TooLong),
            ("22P05", ErrorClass::Characters),
            ("42501", ErrorClass::Refused),
            ("42P01", ErrorClass::Other),
            ("23505", ErrorClass::Other),
        ] {
            assert_eq!(class_of(code), want, "{code}");
        }
    }
}
