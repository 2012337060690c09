//! Items of nodes.

use cobnut_model::UnixMillis;

use crate::backend::{Sql, on_backend, sql};
use crate::error::nothing_if_unfit;
use crate::timestamp::{from_column, to_column};
use crate::{Store, StoreError};

/// An item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PubsubItem {
    /// Its name, unique in the node.
    pub id: String,
    /// Who published it.
    pub publisher: String,
    /// When.
    pub published_at: UnixMillis,
    /// Its payload, one element as text.
    pub payload: Option<String>,
}

/// id, jid, creationDate, payload.
type ItemRow = (String, String, String, Option<String>);

const SELECT_ITEMS: Sql = sql!(
    "SELECT id, jid, creationDate, payload FROM ofPubsubItem WHERE serviceID = ? AND nodeID = ? \
     ORDER BY creationDate DESC, id DESC LIMIT ?"
);
const SELECT_ITEM: Sql = sql!(
    "SELECT id, jid, creationDate, payload FROM ofPubsubItem WHERE serviceID = ? AND nodeID = ? AND id = ?"
);
/// Holds the node until the transaction ends: items of one node are published one after the other.
const LOCK_NODE: Sql = sql!(
    "UPDATE ofPubsubNode SET creationDate = creationDate WHERE serviceID = ? AND nodeID = ? AND leaf = 1"
);
const SELECT_NODE: Sql =
    sql!("SELECT nodeID FROM ofPubsubNode WHERE serviceID = ? AND nodeID = ? AND leaf = 1");
const INSERT_ITEM: Sql = sql!(
    "INSERT INTO ofPubsubItem (serviceID, nodeID, id, jid, creationDate, payload) VALUES (?, ?, ?, ?, ?, ?)"
);
const DELETE_ITEM: Sql = sql!("DELETE FROM ofPubsubItem WHERE serviceID = ? AND nodeID = ? AND id = ?");
const DELETE_ITEMS: Sql = sql!("DELETE FROM ofPubsubItem WHERE serviceID = ? AND nodeID = ?");
/// Names of the items, the newest first, without the one that was just published.
const SELECT_OLDER: Sql = sql!(
    "SELECT id FROM ofPubsubItem WHERE serviceID = ? AND nodeID = ? AND id <> ? ORDER BY creationDate DESC, id DESC"
);

impl Store {
    /// Puts an item into a node, in the place of one of the same name, and removes the oldest beyond `keep`, which is at
    /// least 1. Returns whether there is such a node.
    pub async fn publish_item(
        &self,
        service: &str,
        node: &str,
        item: &PubsubItem,
        keep: usize,
    ) -> Result<bool, StoreError> {
        let published_at = to_column(item.published_at);
        let published_at = &published_at;
        self.run("publish_item", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                sqlx::query(db.sql(LOCK_NODE)).bind(service).bind(node).execute(&mut *tx).await?;
                let held = sqlx::query(db.sql(SELECT_NODE)).bind(service).bind(node);
                if held.fetch_optional(&mut *tx).await?.is_none() {
                    return Ok(false);
                }
                let delete = sqlx::query(db.sql(DELETE_ITEM)).bind(service).bind(node).bind(&item.id);
                delete.execute(&mut *tx).await?;
                let insert = sqlx::query(db.sql(INSERT_ITEM)).bind(service).bind(node).bind(&item.id);
                let insert = insert.bind(&item.publisher).bind(published_at).bind(&item.payload);
                insert.execute(&mut *tx).await?;
                let older = sqlx::query_scalar(db.sql(SELECT_OLDER)).bind(service).bind(node).bind(&item.id);
                let older: Vec<String> = older.fetch_all(&mut *tx).await?;
                for id in older.iter().skip(keep.saturating_sub(1)) {
                    let delete = sqlx::query(db.sql(DELETE_ITEM)).bind(service).bind(node).bind(id);
                    delete.execute(&mut *tx).await?;
                }
                tx.commit().await?;
                Ok(true)
            })
        })
        .await
    }

    /// The newest items of a node, the newest first.
    pub async fn pubsub_items(
        &self,
        service: &str,
        node: &str,
        max: u32,
    ) -> Result<Vec<PubsubItem>, StoreError> {
        let rows = self.run("pubsub_items", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = sqlx::query_as(db.sql(SELECT_ITEMS)).bind(service).bind(node).bind(i64::from(max));
                query.fetch_all(&db.reader()).await
            })
        });
        let rows: Vec<ItemRow> = nothing_if_unfit(rows.await)?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// One item of a node.
    pub async fn pubsub_item(
        &self,
        service: &str,
        node: &str,
        id: &str,
    ) -> Result<Option<PubsubItem>, StoreError> {
        let row = self.run("pubsub_item", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = sqlx::query_as(db.sql(SELECT_ITEM)).bind(service).bind(node).bind(id);
                query.fetch_optional(&db.reader()).await
            })
        });
        let row: Option<ItemRow> = nothing_if_unfit(row.await)?;
        Ok(row.map(from_row))
    }

    /// Removes an item. Returns whether it was there.
    pub async fn retract_item(&self, service: &str, node: &str, id: &str) -> Result<bool, StoreError> {
        self.run("retract_item", || async move {
            on_backend!(&self.shared.engine, db => {
                let delete = sqlx::query(db.sql(DELETE_ITEM)).bind(service).bind(node).bind(id);
                Ok(delete.execute(&db.writer()).await?.rows_affected() > 0)
            })
        })
        .await
    }

    /// Removes all items of a node.
    pub async fn purge_items(&self, service: &str, node: &str) -> Result<(), StoreError> {
        self.run("purge_items", || async move {
            on_backend!(&self.shared.engine, db => {
                let delete = sqlx::query(db.sql(DELETE_ITEMS)).bind(service).bind(node);
                delete.execute(&db.writer()).await.map(drop)
            })
        })
        .await
    }
}

fn from_row((id, publisher, published_at, payload): ItemRow) -> PubsubItem {
    PubsubItem { id, publisher, published_at: from_column(&published_at), payload }
}
