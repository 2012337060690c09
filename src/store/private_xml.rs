//! Private storage (XEP-0049): `ofPrivate` up to version 28, the eventing nodes of the account from 29 on.
//!
//! Since version 4.3 Openfire keeps what was private storage as a personal eventing node that is named after the
//! namespace and open to its owner only, with one item called `current`. Where it made such a node, that node is read
//! and written. It is not made here: what belongs to one is Openfire's affair, and an incomplete one could keep it
//! from loading the account's other nodes. What has no node goes to a table of ours.

use crate::backend::{Sql, on_backend, sql};
use crate::schema::PrivatePlace;
use crate::timestamp::to_column;
use crate::{Store, StoreError};

const SELECT_PRIVATE: Sql =
    sql!("SELECT privateData FROM ofPrivate WHERE username = ? AND name = ? AND namespace = ?");
const SELECT_PRIVATE_FALLBACK: Sql =
    sql!("SELECT privateData FROM cobnutPrivate WHERE username = ? AND name = ? AND namespace = ?");
const SELECT_NODE: Sql =
    sql!("SELECT nodeID FROM ofPubsubNode WHERE serviceID = ? AND nodeID = ? AND leaf = 1");
const SELECT_ITEM: Sql =
    sql!("SELECT payload FROM ofPubsubItem WHERE serviceID = ? AND nodeID = ? AND id = 'current'");
/// Changes an item that is there; where none is, the table of ours counts.
pub(crate) const UPDATE_ITEM: Sql =
    sql!("UPDATE ofPubsubItem SET payload = ? WHERE serviceID = ? AND nodeID = ? AND id = 'current'");
const DELETE_ITEM: Sql =
    sql!("DELETE FROM ofPubsubItem WHERE serviceID = ? AND nodeID = ? AND id = 'current'");
const INSERT_ITEM: Sql = sql!(
    "INSERT INTO ofPubsubItem (serviceID, nodeID, jid, creationDate, payload, id) VALUES (?, ?, ?, ?, ?, 'current')"
);

impl Store {
    /// A private storage fragment (XEP-0049) by its element name and namespace.
    pub async fn private_xml(
        &self,
        username: &str,
        name: &str,
        namespace: &str,
    ) -> Result<Option<String>, StoreError> {
        if let Some(service) = self.eventing_service(username).await? {
            let item: Option<Option<String>> = self
                .run("private_item", || async {
                    on_backend!(&self.shared.engine, db => {
                        let query = sqlx::query_scalar(db.sql(SELECT_ITEM)).bind(&service).bind(namespace);
                        query.fetch_optional(&db.reader()).await
                    })
                })
                .await?;
            if let Some(payload) = item.flatten() {
                return Ok(Some(payload));
            }
        }
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
        if let Some(service) = self.eventing_service(username).await?
            && self.set_private_item(&service, namespace, xml).await?
        {
            return Ok(());
        }
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

    /// The eventing service of an account where that holds private storage; `None` where `ofPrivate` does.
    pub(crate) async fn eventing_service(&self, username: &str) -> Result<Option<String>, StoreError> {
        if self.shared.shape.private == PrivatePlace::Openfire || !self.shared.shape.has_pubsub {
            return Ok(None);
        }
        Ok(self.domain().await?.map(|domain| format!("{username}@{domain}")))
    }

    /// Replaces the item of a node. Returns whether there is such a node.
    async fn set_private_item(&self, service: &str, namespace: &str, xml: &str) -> Result<bool, StoreError> {
        let written_at = to_column(cobnut_net::unix_now());
        let written_at = written_at.as_str();
        self.run("set_private_item", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let node = sqlx::query(db.sql(SELECT_NODE)).bind(service).bind(namespace);
                if node.fetch_optional(&mut *tx).await?.is_none() {
                    return Ok(false);
                }
                let delete = sqlx::query(db.sql(DELETE_ITEM)).bind(service).bind(namespace);
                delete.execute(&mut *tx).await?;
                let insert = sqlx::query(db.sql(INSERT_ITEM)).bind(service).bind(namespace).bind(service);
                insert.bind(written_at).bind(xml).execute(&mut *tx).await?;
                tx.commit().await?;
                Ok(true)
            })
        })
        .await
    }
}
