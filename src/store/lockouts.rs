//! Accounts that may not log in: `ofUserFlag`.

use cobnut_model::UnixMillis;

use crate::backend::{Sql, on_backend, sql};
use crate::timestamp::from_column;
use crate::{Store, StoreError};

const SELECT_LOCKOUTS: Sql =
    sql!("SELECT username, startTime, endTime FROM ofUserFlag WHERE name = 'lockout' ORDER BY username");
const DELETE_LOCKOUT: Sql = sql!("DELETE FROM ofUserFlag WHERE username = ? AND name = 'lockout'");
const INSERT_LOCKOUT: Sql = sql!("INSERT INTO ofUserFlag (username, name) VALUES (?, 'lockout')");

impl Store {
    /// Locks an account from now on without an end, or unlocks it. Returns whether the account exists.
    pub async fn set_locked_out(&self, username: &str, is_locked_out: bool) -> Result<bool, StoreError> {
        self.run("set_locked_out", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let account: Option<(String,)> =
                    sqlx::query_as(db.dialect().lock_user).bind(username).fetch_optional(&mut *tx).await?;
                if account.is_none() {
                    return Ok(false);
                }
                sqlx::query(db.sql(DELETE_LOCKOUT)).bind(username).execute(&mut *tx).await?;
                if is_locked_out {
                    sqlx::query(db.sql(INSERT_LOCKOUT)).bind(username).execute(&mut *tx).await?;
                }
                tx.commit().await?;
                Ok(true)
            })
        })
        .await
    }

    /// The accounts that may not log in now, by name.
    pub async fn locked_out_users(&self) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String, Option<String>, Option<String>)> = self
            .run("locked_out_users", || async move {
                on_backend!(&self.shared.engine, db => {
                    sqlx::query_as(db.sql(SELECT_LOCKOUTS)).fetch_all(&db.reader()).await
                })
            })
            .await?;
        let now = cobnut_net::unix_now();
        let locked =
            rows.into_iter().filter(|(_, start, end)| is_within(start.as_deref(), end.as_deref(), now));
        Ok(locked.map(|(username, _, _)| username).collect())
    }
}

/// Whether a lockout between these columns holds now; a missing bound is open.
pub(crate) fn is_within(start: Option<&str>, end: Option<&str>, now: UnixMillis) -> bool {
    let bound = |text: Option<&str>| text.filter(|text| !text.trim().is_empty()).map(from_column);
    bound(start).is_none_or(|start| start <= now) && bound(end).is_none_or(|end| now < end)
}
