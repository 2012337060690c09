//! Which SCRAM mechanisms the accounts of a database can use.

use cobnut_model::ScramMechanism;

use crate::backend::{Sql, on_backend, sql};
use crate::schema::ScramPlace;
use crate::{Store, StoreError};

const COUNT_ACCOUNTS: Sql = sql!("SELECT COUNT(*) FROM ofUser");
/// Keys are there, or can be made of the password; in Openfire's table, too, where newer releases put them.
const COUNT_ABLE_WITH_TABLE: Sql = sql!(
    "SELECT COUNT(*) FROM ofUser u WHERE u.plainPassword IS NOT NULL OR u.encryptedPassword IS NOT NULL \
    OR EXISTS (SELECT 1 FROM cobnutUserScram k WHERE k.username = u.username AND k.mechanism = ?) \
    OR EXISTS (SELECT 1 FROM ofUserScram k WHERE k.username = u.username AND k.mechanism = ?)"
);
const COUNT_ABLE: Sql = sql!(
    "SELECT COUNT(*) FROM ofUser u WHERE u.plainPassword IS NOT NULL OR u.encryptedPassword IS NOT NULL \
    OR EXISTS (SELECT 1 FROM cobnutUserScram k WHERE k.username = u.username AND k.mechanism = ?)"
);

impl Store {
    /// Whether at least half of the accounts can log in by a mechanism; so can those of a database without accounts, whose
    /// first one will get its keys. Reads the whole table of accounts.
    pub async fn most_can_use(&self, mechanism: ScramMechanism) -> Result<bool, StoreError> {
        if mechanism == ScramMechanism::Sha1 {
            return Ok(true);
        }
        let shape = &self.shared.shape;
        if !shape.has_extra_scram {
            return Ok(false);
        }
        self.repeatable("most_can_use", || async move {
            on_backend!(&self.shared.engine, db => {
                let accounts: i64 =
                    sqlx::query_scalar(db.sql(COUNT_ACCOUNTS)).fetch_one(&db.reader()).await?;
                let name = mechanism.name();
                let able: i64 = match shape.scram {
                    ScramPlace::Table => {
                        let count = sqlx::query_scalar(db.sql(COUNT_ABLE_WITH_TABLE)).bind(name).bind(name);
                        count.fetch_one(&db.reader()).await?
                    }
                    ScramPlace::Columns => {
                        sqlx::query_scalar(db.sql(COUNT_ABLE)).bind(name).fetch_one(&db.reader()).await?
                    }
                };
                Ok(able.saturating_mul(2) >= accounts)
            })
        })
        .await
    }
}
