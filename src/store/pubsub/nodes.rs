//! Nodes that hold items.

use cobnut_model::UnixMillis;

use super::people::INSERT_AFFILIATION;
use crate::backend::{Int, Sql, on_backend, sql};
use crate::error::{is_duplicate, nothing_if_unfit};
use crate::timestamp::{from_column, to_column};
use crate::{Store, StoreError};

/// A node, as Openfire keeps one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column")]
pub struct PubsubNode {
    /// The service that it belongs to.
    pub service: String,
    /// Its name, unique in the service.
    pub node: String,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When its configuration was changed last.
    pub modified_at: UnixMillis,
    /// Who made it: a bare JID, and its first owner.
    pub creator: String,
    /// What people read as its name.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// The namespace of its payloads.
    pub payload_type: String,
    /// `open`, `presence`, `roster`, `whitelist` or `authorize`.
    pub access_model: String,
    /// `publishers`, `subscribers` or `open`.
    pub publisher_model: String,
    /// Groups of the owner's roster that may see it.
    pub roster_groups: Vec<String>,
    /// Whether notifications hold the payload.
    pub delivers_payloads: bool,
    /// Whether items are kept.
    pub persists_items: bool,
    /// How many.
    pub items_max: i64,
    /// Bytes of one payload.
    pub payload_bytes_max: i64,
    /// Whether subscribers are told of a changed configuration.
    pub notifies_config: bool,
    /// Whether they are told of the node's end.
    pub notifies_delete: bool,
    /// Whether they are told of items that are taken back.
    pub notifies_retract: bool,
    /// Whether the last item is told to who subscribes.
    pub sends_last_item: bool,
    /// Whether only those are told who are online.
    pub is_presence_based: bool,
}

/// What the nodes of a service hang on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PubsubRoot {
    /// Its name: the service's for an account, empty for the sub-domain.
    pub node: String,
    /// Its owner, a bare JID.
    pub owner: String,
    /// Who may see it, by the names of [`PubsubNode::access_model`].
    pub access_model: String,
}

/// Result of [`Store::add_pubsub_node`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddNode {
    /// It is there now.
    Added,
    /// The service has a node of that name.
    Exists,
}

/// Columns in the order of [`from_row`].
macro_rules! columns {
    () => {
        "SELECT nodeID, creationDate, modificationDate, creator, name, description, payloadType, accessModel, \
         publisherModel, deliverPayloads, persistItems, maxItems, maxPayloadSize, notifyConfigChanges"
    };
}
/// The rest of them: a row of a query has sixteen columns at most.
macro_rules! more_columns {
    () => {
        "SELECT nodeID, notifyDelete, notifyRetract, sendItemSubscribe, presenceBased"
    };
}
macro_rules! of_service {
    () => {
        " FROM ofPubsubNode WHERE serviceID = ? AND leaf = 1"
    };
}
const SELECT_NODES: Sql = sql!(concat!(columns!(), of_service!(), " ORDER BY nodeID"));
const SELECT_MORE: Sql = sql!(concat!(more_columns!(), of_service!(), " ORDER BY nodeID"));
const SELECT_NODE: Sql = sql!(concat!(columns!(), of_service!(), " AND nodeID = ?"));
const SELECT_NODE_MORE: Sql = sql!(concat!(more_columns!(), of_service!(), " AND nodeID = ?"));
const SELECT_ANY: Sql = sql!("SELECT nodeID FROM ofPubsubNode WHERE serviceID = ? AND nodeID = ?");
const COUNT_NODES: Sql = sql!("SELECT COUNT(*) FROM ofPubsubNode WHERE serviceID = ? AND leaf = 1");
const SELECT_GROUPS: Sql = sql!(
    "SELECT nodeID, rosterGroup FROM ofPubsubNodeGroups WHERE serviceID = ? ORDER BY nodeID, rosterGroup"
);
const INSERT_NODE: Sql = sql!(
    "INSERT INTO ofPubsubNode (creationDate, modificationDate, creator, name, description, payloadType, accessModel, \
     publisherModel, deliverPayloads, persistItems, maxItems, maxPayloadSize, notifyConfigChanges, notifyDelete, \
     notifyRetract, sendItemSubscribe, presenceBased, parent, serviceID, nodeID, leaf, subscriptionEnabled, \
     configSubscription, language) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 1, 0, 'English')"
);
const INSERT_ROOT: Sql = sql!(
    "INSERT INTO ofPubsubNode (creationDate, modificationDate, creator, accessModel, serviceID, nodeID, leaf, \
     deliverPayloads, notifyConfigChanges, notifyDelete, notifyRetract, presenceBased, sendItemSubscribe, \
     publisherModel, subscriptionEnabled, configSubscription, language, associationPolicy, maxLeafNodes) \
     VALUES (?, ?, ?, ?, ?, ?, 0, 1, 1, 1, 1, 0, 0, 'publishers', 1, 0, 'English', 'all', -1)"
);
const UPDATE_NODE: Sql = sql!(
    "UPDATE ofPubsubNode SET modificationDate = ?, name = ?, description = ?, payloadType = ?, accessModel = ?, \
     publisherModel = ?, deliverPayloads = ?, persistItems = ?, maxItems = ?, maxPayloadSize = ?, \
     notifyConfigChanges = ?, notifyDelete = ?, notifyRetract = ?, sendItemSubscribe = ?, presenceBased = ? \
     WHERE serviceID = ? AND nodeID = ? AND leaf = 1"
);
const INSERT_GROUP: Sql =
    sql!("INSERT INTO ofPubsubNodeGroups (serviceID, nodeID, rosterGroup) VALUES (?, ?, ?)");
const DELETE_GROUPS: Sql = sql!("DELETE FROM ofPubsubNodeGroups WHERE serviceID = ? AND nodeID = ?");
/// Everything of a node but itself.
const DELETE_BELONGINGS: [Sql; 5] = [
    DELETE_GROUPS,
    sql!("DELETE FROM ofPubsubNodeJIDs WHERE serviceID = ? AND nodeID = ?"),
    sql!("DELETE FROM ofPubsubAffiliation WHERE serviceID = ? AND nodeID = ?"),
    sql!("DELETE FROM ofPubsubSubscription WHERE serviceID = ? AND nodeID = ?"),
    sql!("DELETE FROM ofPubsubItem WHERE serviceID = ? AND nodeID = ?"),
];
const DELETE_NODE: Sql = sql!("DELETE FROM ofPubsubNode WHERE serviceID = ? AND nodeID = ? AND leaf = 1");

type NodeRow = (
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
    String,
    Int,
    Option<Int>,
    Option<Int>,
    Option<Int>,
    Int,
);
type MoreRow = (String, Int, Int, Int, Int);
type GroupRow = (String, String);

/// Binds what a new node and a changed one have in common, in the order of their columns.
macro_rules! bind_config {
    ($query:expr, $node:expr) => {
        $query
            .bind(&$node.title)
            .bind(&$node.description)
            .bind(&$node.payload_type)
            .bind(&$node.access_model)
            .bind(&$node.publisher_model)
            .bind(i32::from($node.delivers_payloads))
            .bind(i32::from($node.persists_items))
            .bind(to_int($node.items_max))
            .bind(to_int($node.payload_bytes_max))
            .bind(i32::from($node.notifies_config))
            .bind(i32::from($node.notifies_delete))
            .bind(i32::from($node.notifies_retract))
            .bind(i32::from($node.sends_last_item))
            .bind(i32::from($node.is_presence_based))
    };
}

impl Store {
    /// Whether there are tables for publish-subscribe.
    pub fn has_pubsub(&self) -> bool {
        self.shared.shape.has_pubsub
    }

    /// The nodes of a service that hold items, by name.
    pub async fn pubsub_nodes(&self, service: &str) -> Result<Vec<PubsubNode>, StoreError> {
        let rows = self.run("pubsub_nodes", || async move {
            on_backend!(&self.shared.engine, db => {
                let nodes: Vec<NodeRow> =
                    sqlx::query_as(db.sql(SELECT_NODES)).bind(service).fetch_all(&db.reader()).await?;
                let more: Vec<MoreRow> =
                    sqlx::query_as(db.sql(SELECT_MORE)).bind(service).fetch_all(&db.reader()).await?;
                let groups: Vec<GroupRow> =
                    sqlx::query_as(db.sql(SELECT_GROUPS)).bind(service).fetch_all(&db.reader()).await?;
                Ok((nodes, more, groups))
            })
        });
        let (nodes, more, groups) = nothing_if_unfit(rows.await)?;
        Ok(nodes.into_iter().filter_map(|row| from_rows(service, row, &more, &groups)).collect())
    }

    /// One node that holds items.
    pub async fn pubsub_node(&self, service: &str, node: &str) -> Result<Option<PubsubNode>, StoreError> {
        let rows = self.run("pubsub_node", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = sqlx::query_as(db.sql(SELECT_NODE)).bind(service).bind(node);
                let found: Vec<NodeRow> = query.fetch_all(&db.reader()).await?;
                let query = sqlx::query_as(db.sql(SELECT_NODE_MORE)).bind(service).bind(node);
                let more: Vec<MoreRow> = query.fetch_all(&db.reader()).await?;
                let groups: Vec<GroupRow> = if found.iter().any(|row| row.7 == "roster") {
                    sqlx::query_as(db.sql(SELECT_GROUPS)).bind(service).fetch_all(&db.reader()).await?
                } else {
                    Vec::new()
                };
                Ok((found, more, groups))
            })
        });
        let (found, more, groups) = nothing_if_unfit(rows.await)?;
        Ok(found.into_iter().find_map(|row| from_rows(service, row, &more, &groups)))
    }

    /// How many nodes of a service hold items.
    pub async fn count_pubsub_nodes(&self, service: &str) -> Result<usize, StoreError> {
        let count: i64 = self
            .run("count_pubsub_nodes", || async move {
                on_backend!(&self.shared.engine, db => {
                    sqlx::query_scalar(db.sql(COUNT_NODES)).bind(service).fetch_one(&db.reader()).await
                })
            })
            .await?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// Makes a node, and the root of its service if that is missing, in one transaction. Of several members that make the
    /// same node at once, one succeeds.
    pub async fn add_pubsub_node(&self, node: &PubsubNode, root: &PubsubRoot) -> Result<AddNode, StoreError> {
        loop {
            // Again, if another member made the root at the same moment.
            if let Some(added) = self.try_add_node(node, root).await? {
                return Ok(added);
            }
        }
    }

    async fn try_add_node(
        &self,
        node: &PubsubNode,
        root: &PubsubRoot,
    ) -> Result<Option<AddNode>, StoreError> {
        let (created_at, modified_at) = (to_column(node.created_at), to_column(node.modified_at));
        let (created_at, modified_at) = (&created_at, &modified_at);
        self.run("add_pubsub_node", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let held = sqlx::query(db.sql(SELECT_ANY)).bind(&node.service).bind(&root.node);
                if held.fetch_optional(&mut *tx).await?.is_none() {
                    let insert = sqlx::query(db.sql(INSERT_ROOT))
                        .bind(created_at)
                        .bind(modified_at)
                        .bind(&root.owner)
                        .bind(&root.access_model)
                        .bind(&node.service)
                        .bind(&root.node);
                    match insert.execute(&mut *tx).await {
                        Err(err) if is_duplicate(&err) => return Ok(None),
                        outcome => outcome?,
                    };
                    let owner = sqlx::query(db.sql(INSERT_AFFILIATION)).bind(&node.service).bind(&root.node);
                    owner.bind(&root.owner).bind("owner").execute(&mut *tx).await?;
                }
                let held = sqlx::query(db.sql(SELECT_ANY)).bind(&node.service).bind(&node.node);
                if held.fetch_optional(&mut *tx).await?.is_some() {
                    return Ok(Some(AddNode::Exists));
                }
                let insert = sqlx::query(db.sql(INSERT_NODE)).bind(created_at).bind(modified_at).bind(&node.creator);
                let insert = bind_config!(insert, node).bind(&root.node).bind(&node.service).bind(&node.node);
                match insert.execute(&mut *tx).await {
                    Err(err) if is_duplicate(&err) => return Ok(Some(AddNode::Exists)),
                    outcome => outcome?,
                };
                let owner = sqlx::query(db.sql(INSERT_AFFILIATION)).bind(&node.service).bind(&node.node);
                owner.bind(&node.creator).bind("owner").execute(&mut *tx).await?;
                for group in &node.roster_groups {
                    let insert = sqlx::query(db.sql(INSERT_GROUP)).bind(&node.service).bind(&node.node).bind(group);
                    insert.execute(&mut *tx).await?;
                }
                tx.commit().await?;
                Ok(Some(AddNode::Added))
            })
        })
        .await
    }

    /// Changes the configuration of a node; who made it and when stays. Returns whether there is such a node.
    pub async fn update_pubsub_node(&self, node: &PubsubNode) -> Result<bool, StoreError> {
        let modified_at = to_column(node.modified_at);
        let modified_at = &modified_at;
        self.run("update_pubsub_node", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let update = bind_config!(sqlx::query(db.sql(UPDATE_NODE)).bind(modified_at), node);
                let update = update.bind(&node.service).bind(&node.node);
                if update.execute(&mut *tx).await?.rows_affected() == 0 {
                    // MySQL counts rows that were changed, not those that were found.
                    let held = sqlx::query(db.sql(SELECT_ANY)).bind(&node.service).bind(&node.node);
                    if held.fetch_optional(&mut *tx).await?.is_none() {
                        return Ok(false);
                    }
                }
                let delete = sqlx::query(db.sql(DELETE_GROUPS)).bind(&node.service).bind(&node.node);
                delete.execute(&mut *tx).await?;
                for group in &node.roster_groups {
                    let insert = sqlx::query(db.sql(INSERT_GROUP)).bind(&node.service).bind(&node.node).bind(group);
                    insert.execute(&mut *tx).await?;
                }
                tx.commit().await?;
                Ok(true)
            })
        })
        .await
    }

    /// Removes a node with everything that belongs to it. Returns whether there was one.
    pub async fn delete_pubsub_node(&self, service: &str, node: &str) -> Result<bool, StoreError> {
        self.run("delete_pubsub_node", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let deleted = sqlx::query(db.sql(DELETE_NODE)).bind(service).bind(node).execute(&mut *tx).await?;
                if deleted.rows_affected() == 0 {
                    return Ok(false);
                }
                for statement in DELETE_BELONGINGS {
                    sqlx::query(db.sql(statement)).bind(service).bind(node).execute(&mut *tx).await?;
                }
                tx.commit().await?;
                Ok(true)
            })
        })
        .await
    }
}

/// The column is 32 bits wide everywhere.
fn to_int(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn from_rows(service: &str, row: NodeRow, more: &[MoreRow], groups: &[GroupRow]) -> Option<PubsubNode> {
    let rest = more.iter().find(|rest| rest.0 == row.0)?;
    let is_set = |Int(number): Int| number != 0;
    let own_groups = groups.iter().filter(|(node, _)| *node == row.0).map(|(_, group)| group.clone());
    let number = |number: Option<Int>, default: i64| number.map_or(default, |Int(number)| number);
    Some(PubsubNode {
        service: service.to_owned(),
        roster_groups: own_groups.collect(),
        node: row.0,
        created_at: from_column(&row.1),
        modified_at: from_column(&row.2),
        creator: row.3,
        title: row.4.unwrap_or_default(),
        description: row.5.unwrap_or_default(),
        payload_type: row.6.unwrap_or_default(),
        access_model: row.7,
        publisher_model: row.8,
        delivers_payloads: is_set(row.9),
        persists_items: row.10.is_some_and(is_set),
        items_max: number(row.11, 1),
        payload_bytes_max: number(row.12, 0),
        notifies_config: is_set(row.13),
        notifies_delete: is_set(rest.1),
        notifies_retract: is_set(rest.2),
        sends_last_item: is_set(rest.3),
        is_presence_based: is_set(rest.4),
    })
}
