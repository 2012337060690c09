//! What is left of an account's last session: `ofPresence`.

use cobnut_model::UnixMillis;

use crate::backend::{Sql, on_backend, sql};
use crate::error::nothing_if_unfit;
use crate::timestamp::{from_column, to_column};
use crate::{Store, StoreError};

/// `ofPresence`: what is left of the last session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastPresence {
    /// When the account went offline.
    pub offline_at: UnixMillis,
    /// The last unavailable stanza, if it carried anything.
    pub stanza: Option<String>,
}

const SELECT_PRESENCE: Sql = sql!("SELECT offlineDate, offlinePresence FROM ofPresence WHERE username = ?");
const DELETE_PRESENCE: Sql = sql!("DELETE FROM ofPresence WHERE username = ?");

impl Store {
    /// When and how the account was last online.
    pub async fn last_presence(&self, username: &str) -> Result<Option<LastPresence>, StoreError> {
        let row: Result<Option<(String, Option<String>)>, StoreError> = self
            .repeatable("last_presence", || async move {
                on_backend!(&self.shared.engine, db => {
                    let query = sqlx::query_as(db.sql(SELECT_PRESENCE)).bind(username);
                    let mut connection = db.warm().await?;
                    let row = query.fetch_optional(&mut *connection).await?;
                    db.keep(connection);
                    Ok(row)
                })
            })
            .await;
        let row = nothing_if_unfit(row)?;
        Ok(row.map(|(at, stanza)| LastPresence { offline_at: from_column(&at), stanza }))
    }

    /// Remembers that the account went offline; `None` removes the row, as Openfire does at login.
    /// The last writer wins.
    pub async fn set_last_presence(
        &self,
        username: &str,
        last: Option<&LastPresence>,
    ) -> Result<(), StoreError> {
        self.repeatable("set_last_presence", || async move {
            on_backend!(&self.shared.engine, db => {
                let sql = if last.is_some() { db.dialect().upsert_presence } else { db.sql(DELETE_PRESENCE) };
                let query = sqlx::query(sql).bind(username);
                let query = match last {
                    Some(last) => query.bind(&last.stanza).bind(to_column(last.offline_at)),
                    None => query,
                };
                let mut connection = db.warm_writer().await?;
                query.execute(&mut *connection).await?;
                db.keep(connection);
                Ok(())
            })
        })
        .await
    }
}
