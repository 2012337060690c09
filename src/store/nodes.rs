//! The nodes that use the database: `cobnutNode`, a table of ours.
//!
//! Each writes where it can be dialled, again and again. Times are the database's own, so the clocks of the nodes do not
//! matter. Nobody is trusted because of a row: it only says where to knock.

use crate::backend::{Sql, on_backend, sql};
use crate::{Store, StoreError};

/// A node that has been away for so long is forgotten.
const FORGOTTEN_AFTER_S: i64 = 7 * 24 * 60 * 60;

const DELETE_NODE: Sql = sql!("DELETE FROM cobnutNode WHERE nodeID = ?");

/// A node as it last described itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRow {
    /// Its stable id.
    pub node_id: String,
    /// Where members dial it: addresses and ports, separated by commas.
    pub address: String,
    /// The name of its cluster.
    pub cluster_name: String,
    /// Seconds since it was last there, by the database's clock.
    pub age_s: u64,
}

impl Store {
    /// Whether the database has a place for nodes; without one [`Store::note_node`] does nothing.
    pub fn has_nodes(&self) -> bool {
        self.shared.shape.has_nodes
    }

    /// Writes that this node is there, and forgets those that have not been for a week.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn note_node(
        &self,
        node_id: &str,
        address: &str,
        cluster_name: &str,
    ) -> Result<(), StoreError> {
        if !self.has_nodes() {
            return Ok(());
        }
        self.run("note_node", || async move {
            on_backend!(&self.shared.engine, db => {
                let dialect = db.dialect();
                let note = sqlx::query(dialect.upsert_node).bind(node_id).bind(address).bind(cluster_name);
                note.execute(&db.writer()).await?;
                let forget = sqlx::query(dialect.delete_old_nodes).bind(FORGOTTEN_AFTER_S);
                forget.execute(&db.writer()).await.map(drop)
            })
        })
        .await
    }

    /// All nodes that are remembered, by id.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn nodes(&self) -> Result<Vec<NodeRow>, StoreError> {
        if !self.has_nodes() {
            return Ok(Vec::new());
        }
        let rows: Vec<(String, String, String, i64)> = self
            .run("nodes", || async move {
                on_backend!(&self.shared.engine, db => {
                    sqlx::query_as(db.dialect().select_nodes).fetch_all(&db.reader()).await
                })
            })
            .await?;
        let row = |(node_id, address, cluster_name, age)| NodeRow {
            node_id,
            address,
            cluster_name,
            age_s: u64::try_from(age).unwrap_or_default(),
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Forgets a node that ends in good order.
    ///
    /// # Errors
    /// The database is away or refuses.
    pub async fn forget_node(&self, node_id: &str) -> Result<(), StoreError> {
        if !self.has_nodes() {
            return Ok(());
        }
        self.run("forget_node", || async move {
            on_backend!(&self.shared.engine, db => {
                sqlx::query(db.sql(DELETE_NODE)).bind(node_id).execute(&db.writer()).await.map(drop)
            })
        })
        .await
    }
}
