//! Free-form properties of accounts: `ofUserProp`.

use crate::backend::{Sql, on_backend, sql};
use crate::{Store, StoreError};

const SELECT_PROPERTIES: Sql =
    sql!("SELECT name, propValue FROM ofUserProp WHERE username = ? ORDER BY name");
const DELETE_PROPERTY: Sql = sql!("DELETE FROM ofUserProp WHERE username = ? AND name = ?");

impl Store {
    /// All properties of an account, ordered by name.
    pub async fn user_properties(&self, username: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.run("user_properties", || async move {
            on_backend!(&self.shared.engine, db => {
                sqlx::query_as(db.sql(SELECT_PROPERTIES)).bind(username).fetch_all(&db.reader()).await
            })
        })
        .await
    }

    /// Sets (`Some`) or removes (`None`) one property of an account. The last writer wins.
    pub async fn set_user_property(
        &self,
        username: &str,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), StoreError> {
        self.run("set_user_property", || async move {
            on_backend!(&self.shared.engine, db => {
                let sql = if value.is_some() { db.dialect().upsert_user_property } else { db.sql(DELETE_PROPERTY) };
                let query = sqlx::query(sql).bind(username).bind(name);
                let query = if let Some(value) = value { query.bind(value) } else { query };
                query.execute(&db.writer()).await.map(drop)
            })
        })
        .await
    }
}
