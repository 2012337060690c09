//! Messages for accounts that are not online: `ofOffline`.

use cobnut_model::UnixMillis;

use crate::backend::{Int, Sql, on_backend, sql};
use crate::error::{ErrorClass, classify};
use crate::ids::IdKind;
use crate::timestamp::{from_column, to_column};
use crate::{Store, StoreError};

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfflineMessage {
    /// `ofOffline.messageID`.
    pub id: i64,
    /// When it was stored.
    pub stored_at: UnixMillis,
    /// The serialised stanza.
    pub stanza: String,
}

/// Result of [`Store::add_offline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddOffline {
    /// Kept.
    Stored,
    /// The quota of the account is used up; nothing was stored.
    QuotaExceeded,
}

pub(crate) const INSERT_MESSAGE: Sql = sql!(
    "INSERT INTO ofOffline (username, messageID, creationDate, messageSize, stanza) \
    VALUES (?, ?, ?, ?, ?)"
);
const SELECT_MESSAGES: Sql = sql!(
    "SELECT messageID, creationDate, stanza FROM ofOffline WHERE username = ? \
    ORDER BY creationDate, messageID"
);
const DELETE_MESSAGE: Sql = sql!("DELETE FROM ofOffline WHERE username = ? AND messageID = ?");

const DELETE_BEFORE: Sql = sql!("DELETE FROM ofOffline WHERE creationDate < ?");

/// Number, date, stanza.
type OfflineRow = (Int, String, String);

fn from_row((id, stored_at, stanza): OfflineRow) -> OfflineMessage {
    OfflineMessage { id: id.0, stored_at: from_column(&stored_at), stanza }
}

const SELECT_ACCOUNTS: Sql = sql!("SELECT DISTINCT username FROM ofOffline ORDER BY username");

impl Store {
    /// Stores a message unless the account would then hold more than `quota_bytes`.
    ///
    /// One transaction that holds the account: nodes that store at once cannot exceed the quota together. When it
    /// returns [`AddOffline::Stored`] the message is on disk. Like Openfire's, the quota counts characters of XML.
    /// A message that an old database's column cannot hold (64 KiB on MySQL) also counts as over quota; one with
    /// characters that it cannot hold is [`StoreError::Unfit`].
    pub async fn add_offline(
        &self,
        username: &str,
        stanza: &str,
        stored_at: UnixMillis,
        quota_bytes: usize,
    ) -> Result<AddOffline, StoreError> {
        let size = i64::try_from(stanza.chars().count()).unwrap_or(i64::MAX);
        let quota = i64::try_from(quota_bytes).unwrap_or(i64::MAX);
        if size > quota {
            return Ok(AddOffline::QuotaExceeded);
        }
        let id = self.take_id(IdKind::OfflineMessage).await?;
        let outcome = self.run("add_offline", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                sqlx::query(db.dialect().lock_user).bind(username).fetch_optional(&mut *tx).await?;
                let used: i64 = sqlx::query_scalar(db.dialect().select_offline_size).bind(username).fetch_one(&mut *tx).await?;
                if used.saturating_add(size) > quota {
                    return Ok(AddOffline::QuotaExceeded);
                }
                let insert = sqlx::query(db.sql(INSERT_MESSAGE)).bind(username).bind(id).bind(to_column(stored_at));
                match insert.bind(size).bind(stanza).execute(&mut *tx).await {
                    Err(err) if classify(&err) == ErrorClass::TooLong => return Ok(AddOffline::QuotaExceeded),
                    outcome => outcome?,
                };
                tx.commit().await?;
                Ok(AddOffline::Stored)
            })
        });
        let outcome = outcome.await?;
        if outcome == AddOffline::QuotaExceeded {
            self.shared.ids.put_back(IdKind::OfflineMessage, [id]);
        }
        Ok(outcome)
    }

    /// Hands stored messages over: all are passed to `take`, oldest first, and those that it takes are deleted.
    ///
    /// One transaction that holds the account, so that of several nodes that hand over at once only one finds a
    /// message. When the transaction is run again or fails, messages are there that `take` has seen already: it has
    /// to know them by their id.
    pub async fn hand_over_offline<F>(&self, username: &str, take: F) -> Result<(), StoreError>
    where
        F: Fn(&OfflineMessage) -> bool + Send + Sync,
    {
        // Nearly every login finds nothing: that costs no lock.
        if self.offline(username).await?.is_empty() {
            return Ok(());
        }
        let take = &take;
        self.run("hand_over_offline", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                sqlx::query(db.dialect().lock_user).bind(username).fetch_optional(&mut *tx).await?;
                let rows = sqlx::query_as(db.sql(SELECT_MESSAGES)).bind(username).fetch_all(&mut *tx).await?;
                for message in rows.into_iter().map(from_row).filter(|message| take(message)) {
                    let delete = sqlx::query(db.sql(DELETE_MESSAGE)).bind(username).bind(message.id);
                    delete.execute(&mut *tx).await?;
                }
                tx.commit().await
            })
        })
        .await
    }

    /// All stored messages, oldest first.
    pub async fn offline(&self, username: &str) -> Result<Vec<OfflineMessage>, StoreError> {
        let rows: Vec<OfflineRow> = self
            .repeatable("offline", || async move {
                on_backend!(&self.shared.engine, db => {
                    let query = sqlx::query_as(db.sql(SELECT_MESSAGES)).bind(username);
                    let mut connection = db.warm().await?;
                    let rows = query.fetch_all(&mut *connection).await?;
                    db.keep(connection);
                    Ok(rows)
                })
            })
            .await?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// The accounts for which messages are stored.
    pub async fn accounts_with_offline(&self) -> Result<Vec<String>, StoreError> {
        self.run("accounts_with_offline", || async move {
            on_backend!(&self.shared.engine, db => {
                sqlx::query_scalar(db.sql(SELECT_ACCOUNTS)).fetch_all(&db.reader()).await
            })
        })
        .await
    }

    /// Removes the messages of all accounts that were stored before an instant. Returns how many there were.
    pub async fn delete_offline_before(&self, before: UnixMillis) -> Result<u64, StoreError> {
        let before = to_column(before);
        let before = before.as_str();
        self.run("delete_offline_before", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let delete = sqlx::query(db.sql(DELETE_BEFORE)).bind(before);
                let deleted = delete.execute(&mut *tx).await?.rows_affected();
                tx.commit().await?;
                Ok(deleted)
            })
        })
        .await
    }

    /// Removes stored messages by id, in one transaction. Returns how many were there: of several nodes that remove
    /// the same message, one counts it.
    pub async fn delete_offline(&self, username: &str, ids: &[i64]) -> Result<u64, StoreError> {
        if ids.is_empty() {
            return Ok(0);
        }
        self.run("delete_offline", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let mut deleted = 0;
                for id in ids {
                    let delete = sqlx::query(db.sql(DELETE_MESSAGE)).bind(username).bind(id);
                    deleted += delete.execute(&mut *tx).await?.rows_affected();
                }
                tx.commit().await?;
                Ok(deleted)
            })
        })
        .await
    }
}
