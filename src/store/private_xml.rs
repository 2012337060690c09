//! Private storage (XEP-0049): `ofPrivate`, or our table in databases that no longer have it.

use crate::backend::{Sql, on_backend, sql};
use crate::schema::PrivatePlace;
use crate::{Store, StoreError};

const SELECT_PRIVATE: Sql =
    sql!("SELECT privateData FROM ofPrivate WHERE username = ? AND name = ? AND namespace = ?");
const SELECT_PRIVATE_FALLBACK: Sql =
    sql!("SELECT privateData FROM cobnutPrivate WHERE username = ? AND name = ? AND namespace = ?");

impl Store {
    /// A private storage fragment (XEP-0049) by its element name and namespace.
    pub async fn private_xml(
        &self,
        username: &str,
        name: &str,
        namespace: &str,
    ) -> Result<Option<String>, StoreError> {
        let select = match self.shared.shape.private {
            PrivatePlace::Openfire => SELECT_PRIVATE,
            PrivatePlace::Ours => SELECT_PRIVATE_FALLBACK,
            PrivatePlace::Nowhere => return Ok(None),
        };
        self.run("private_xml", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = sqlx::query_scalar(db.sql(select)).bind(username).bind(name).bind(namespace);
                query.fetch_optional(&db.reader()).await
            })
        })
        .await
    }

    /// Stores a private storage fragment. The last writer wins.
    ///
    /// [`StoreError::Schema`] if the database has no place for it and we may not create one.
    pub async fn set_private_xml(
        &self,
        username: &str,
        name: &str,
        namespace: &str,
        xml: &str,
    ) -> Result<(), StoreError> {
        let place = self.shared.shape.private;
        if place == PrivatePlace::Nowhere {
            return Err(StoreError::Schema(
                "it has no table ofPrivate and cobnutPrivate cannot be created; grant CREATE and restart"
                    .to_owned(),
            ));
        }
        self.run("set_private_xml", || async move {
            on_backend!(&self.shared.engine, db => {
                let dialect = db.dialect();
                let sql = if place == PrivatePlace::Openfire {
                    dialect.upsert_private
                } else {
                    dialect.upsert_private_fallback
                };
                let query = sqlx::query(sql).bind(username).bind(name).bind(namespace).bind(xml);
                query.execute(&db.writer()).await.map(drop)
            })
        })
        .await
    }
}
