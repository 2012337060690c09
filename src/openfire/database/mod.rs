//! The database of an installation: which provider `openfire.xml` names, and its JDBC URL as a URL that sqlx reads.

mod jdbc;
mod parameters;
mod settings;

pub use jdbc::{JdbcError, JdbcUrl, jdbc_to_sqlx};
pub use parameters::{Parameter, ParameterEffect};
pub use settings::{DatabaseSettings, ServerDatabase};
