//! What the server tells about itself.

use super::PostgresBackend;
use crate::survey::{Rights, Surroundings};

const SELECT_VERSION: &str = "SELECT current_setting('server_version')";
const SELECT_ENCODING: &str = "SELECT current_setting('server_encoding')";
/// `ofuser` stands for all of Openfire's tables; while it is not there, whoever may make it may write into it.
const SELECT_RIGHTS: &str = "SELECT \
    COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create, \
    CASE WHEN to_regclass('ofuser') IS NULL THEN NULL ELSE has_table_privilege('ofuser', 'SELECT') \
        AND has_table_privilege('ofuser', 'INSERT') AND has_table_privilege('ofuser', 'UPDATE') \
        AND has_table_privilege('ofuser', 'DELETE') END AS may_write";

impl PostgresBackend {
    /// Version, character set and rights.
    pub(crate) async fn surroundings(&self) -> Result<Surroundings, sqlx::Error> {
        let server: String = sqlx::query_scalar(SELECT_VERSION).fetch_one(&self.reader()).await?;
        let character_set: String = sqlx::query_scalar(SELECT_ENCODING).fetch_one(&self.reader()).await?;
        let (can_create, can_write): (bool, Option<bool>) =
            sqlx::query_as(SELECT_RIGHTS).fetch_one(&self.reader()).await?;
        let rights = Rights { can_write: can_write.unwrap_or(can_create), can_create };
        Ok(Surroundings { server, character_set, rights })
    }
}
