//! What the library and the file tell about themselves.

use super::SqliteBackend;
use crate::survey::{Rights, Surroundings};

impl SqliteBackend {
    /// Version, character set and rights.
    pub(crate) async fn surroundings(&self) -> Result<Surroundings, sqlx::Error> {
        let server: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&self.reader()).await?;
        let character_set: String =
            sqlx::query_scalar("SELECT encoding FROM pragma_encoding").fetch_one(&self.reader()).await?;
        let is_read_only: i64 =
            sqlx::query_scalar("SELECT query_only FROM pragma_query_only").fetch_one(&self.writer()).await?;
        let may = is_read_only == 0;
        let rights = Rights { can_write: may, can_create: may };
        Ok(Surroundings { server, character_set, rights })
    }
}
