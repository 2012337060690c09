//! Why store operations fail, and what the driver's errors mean to callers.

use crate::backend;

/// Why a store operation failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL is not one that we can open.
    #[error("the database URL cannot be used: {0}")]
    Url(String),
    /// The database answers and does not let us in, or is not what its URL says.
    #[error("log in to the database")]
    Connect(#[source] sqlx::Error),
    /// The database cannot be reached now; trying again later makes sense.
    #[error("reach the database")]
    Unavailable(#[source] sqlx::Error),
    /// The database answered with an error.
    #[error("run query {query}")]
    Query {
        /// Name of the query.
        query: &'static str,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// The database has no room for what was to be stored; the same value would fail again.
    #[error("store a value ({query}): {reason}")]
    Unfit {
        /// Name of the query.
        query: &'static str,
        /// Why not, and what helps.
        reason: &'static str,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// The schema is not one we know.
    #[error("use this database: {0}")]
    Schema(String),
}

impl StoreError {
    /// Whether the database is away, so that the caller should say "temporary" rather than "failed".
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether a value did not fit, so that the caller should say that to whoever sent it.
    pub fn is_unfit(&self) -> bool {
        matches!(self, Self::Unfit { .. })
    }

    /// What an operator can do about it, where we know.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Connect(source) | Self::Query { source, .. } => {
                let source = source.as_database_error()?;
                backend::mysql::advice(source)
                    .or_else(|| backend::postgres::advice(source))
                    .or_else(|| backend::sqlite::advice(source))
            }
            Self::Url(_) | Self::Unavailable(_) | Self::Schema(_) | Self::Unfit { .. } => None,
        }
    }

    /// Sorts a driver error of the first connection.
    pub(crate) fn from_connecting(source: sqlx::Error) -> Self {
        match Self::from_driver("connect", source) {
            Self::Query { source, .. } => Self::Connect(source),
            err => err,
        }
    }

    /// Sorts a driver error of the query called `query`.
    pub(crate) fn from_driver(query: &'static str, source: sqlx::Error) -> Self {
        match classify(&source) {
            // A database that stays busy through all retries is away as far as the caller is concerned.
            ErrorClass::Away | ErrorClass::Retry => Self::Unavailable(source),
            ErrorClass::TooLong => Self::Unfit { query, reason: "it is longer than its column", source },
            ErrorClass::Characters => {
                let reason = "the character set of its column lacks some of its characters; \
                    with tables converted to utf8mb4 (MySQL) or UTF8 (PostgreSQL) it fits";
                Self::Unfit { query, reason, source }
            }
            ErrorClass::Refused | ErrorClass::Other => Self::Query { query, source },
        }
    }
}

/// Reading: what a column cannot hold is not in it. MySQL refuses to compare such a text with the column instead.
pub(crate) fn nothing_if_unfit<T: Default>(outcome: Result<T, StoreError>) -> Result<T, StoreError> {
    match outcome {
        Err(err) if err.is_unfit() => Ok(T::default()),
        outcome => outcome,
    }
}

/// What a driver error asks us to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorClass {
    /// The database cannot be reached.
    Away,
    /// The transaction lost against another one and may be run again.
    Retry,
    /// A value does not fit its column.
    TooLong,
    /// A value has characters that its column cannot hold.
    Characters,
    /// The account lacks a permission.
    Refused,
    /// Anything else: the same query would fail again.
    Other,
}

/// Sorts a driver error.
pub(crate) fn classify(err: &sqlx::Error) -> ErrorClass {
    use sqlx::Error;
    match err {
        Error::Io(_)
        | Error::Tls(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed
        | Error::Protocol(_) => ErrorClass::Away,
        Error::Database(err) => backend::sqlite::classify(err.as_ref())
            .or_else(|| backend::mysql::classify(err.as_ref()))
            .or_else(|| backend::postgres::classify(err.as_ref()))
            .unwrap_or(ErrorClass::Other),
        _ => ErrorClass::Other,
    }
}

/// Whether an insert failed because the row exists.
pub(crate) fn is_duplicate(err: &sqlx::Error) -> bool {
    err.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
