//! The newest items of many nodes at once.

use super::items::PubsubItem;
use crate::backend::{Int, Sql, on_backend, sql};
use crate::error::nothing_if_unfit;
use crate::timestamp::from_column;
use crate::{Store, StoreError};

/// The newest item of a node, with what says who may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastItem {
    /// The service.
    pub service: String,
    /// The node.
    pub node: String,
    /// As [`super::PubsubNode::access_model`].
    pub access_model: String,
    /// As [`super::PubsubNode::delivers_payloads`].
    pub delivers_payloads: bool,
    /// The item.
    pub item: PubsubItem,
}

/// Services in one statement, and names of nodes in one statement.
const SERVICES: usize = 48;
const NODES: usize = 16;

/// Where two items are of the same millisecond, the later name counts.
const SELECT_LAST: Sql = sql!(
    "SELECT i.serviceID, i.nodeID, n.accessModel, n.deliverPayloads, i.id, i.jid, i.creationDate, i.payload \
     FROM ofPubsubItem i JOIN ofPubsubNode n ON n.serviceID = i.serviceID AND n.nodeID = i.nodeID \
     WHERE i.serviceID IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \
     ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
     AND i.nodeID IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
     AND n.leaf = 1 AND n.sendItemSubscribe = 1 AND i.creationDate = \
     (SELECT MAX(newer.creationDate) FROM ofPubsubItem newer \
     WHERE newer.serviceID = i.serviceID AND newer.nodeID = i.nodeID) \
     ORDER BY i.serviceID, i.nodeID, i.id DESC"
);

/// In the order of the columns.
type LastRow = (String, String, String, Int, String, String, String, Option<String>);

impl Store {
    /// The newest item of each of some nodes in each of some services, as far as the node wants it to be told without a
    /// publication. One statement for up to 48 services and 16 nodes.
    pub async fn last_pubsub_items(
        &self,
        services: &[String],
        nodes: &[String],
    ) -> Result<Vec<LastItem>, StoreError> {
        let mut found = Vec::new();
        if !self.has_pubsub() {
            return Ok(found);
        }
        for services in services.chunks(SERVICES) {
            for nodes in nodes.chunks(NODES) {
                let rows = self.last_rows(services, nodes).await?;
                let mut items: Vec<LastItem> = rows.into_iter().map(from_row).collect();
                items.dedup_by(|later, first| later.service == first.service && later.node == first.node);
                found.append(&mut items);
            }
        }
        Ok(found)
    }

    async fn last_rows(&self, services: &[String], nodes: &[String]) -> Result<Vec<LastRow>, StoreError> {
        let rows = self.run("last_pubsub_items", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut query = sqlx::query_as(db.sql(SELECT_LAST));
                for service in filled_up(services, SERVICES).chain(filled_up(nodes, NODES)) {
                    query = query.bind(service);
                }
                query.fetch_all(&db.reader()).await
            })
        });
        nothing_if_unfit(rows.await)
    }
}

/// The texts, the last one repeated until there are `count`: every engine keeps one prepared statement.
fn filled_up(texts: &[String], count: usize) -> impl Iterator<Item = &str> {
    let last = texts.last().map_or("", String::as_str);
    texts.iter().map(String::as_str).chain(std::iter::repeat(last)).take(count)
}

fn from_row((service, node, access_model, delivers, id, publisher, at, payload): LastRow) -> LastItem {
    let item = PubsubItem { id, publisher, published_at: from_column(&at), payload };
    LastItem { service, node, access_model, delivers_payloads: delivers.0 != 0, item }
}
