//! vCards (XEP-0054): `ofVCard`.

use crate::backend::{Sql, on_backend, sql};
use crate::error::nothing_if_unfit;
use crate::{Store, StoreError};

const SELECT_VCARD: Sql = sql!("SELECT vcard FROM ofVCard WHERE username = ?");
const DELETE_VCARD: Sql = sql!("DELETE FROM ofVCard WHERE username = ?");

impl Store {
    /// The vCard as it was stored.
    pub async fn vcard(&self, username: &str) -> Result<Option<String>, StoreError> {
        let found = self.run("vcard", || async move {
            on_backend!(&self.shared.engine, db => {
                sqlx::query_scalar(db.sql(SELECT_VCARD)).bind(username).fetch_optional(&db.reader()).await
            })
        });
        nothing_if_unfit(found.await)
    }

    /// Stores (`Some`) or removes (`None`) the vCard. The last writer wins.
    pub async fn set_vcard(&self, username: &str, vcard: Option<&str>) -> Result<(), StoreError> {
        self.run("set_vcard", || async move {
            on_backend!(&self.shared.engine, db => {
                let sql = if vcard.is_some() { db.dialect().upsert_vcard } else { db.sql(DELETE_VCARD) };
                let query = sqlx::query(sql).bind(username);
                let query = if let Some(vcard) = vcard { query.bind(vcard) } else { query };
                query.execute(&db.writer()).await.map(drop)
            })
        })
        .await
    }
}
