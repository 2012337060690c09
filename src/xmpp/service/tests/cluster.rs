//! Two members on one database.
