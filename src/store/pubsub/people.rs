//! Who is what to a node, and who is told of its items.

use crate::backend::{Sql, on_backend, sql};
use crate::error::nothing_if_unfit;
use crate::{Store, StoreError};

/// What an address is to a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PubsubAffiliation {
    /// A bare JID.
    pub jid: String,
    /// `owner`, `publisher` or `outcast`; `none` for who is only subscribed.
    pub affiliation: String,
}

/// Who is told of a node's items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PubsubSubscription {
    /// The node.
    pub node: String,
    /// Its name, unique in the node.
    pub id: String,
    /// Who is told: a bare or full JID.
    pub jid: String,
    /// Who subscribed: a bare JID.
    pub owner: String,
    /// `subscribed`, `pending` or `unconfigured`.
    pub state: String,
}

pub(super) const INSERT_AFFILIATION: Sql =
    sql!("INSERT INTO ofPubsubAffiliation (serviceID, nodeID, jid, affiliation) VALUES (?, ?, ?, ?)");
const SELECT_AFFILIATIONS: Sql =
    sql!("SELECT jid, affiliation FROM ofPubsubAffiliation WHERE serviceID = ? AND nodeID = ? ORDER BY jid");
const SELECT_AFFILIATIONS_OF: Sql = sql!(
    "SELECT nodeID, affiliation FROM ofPubsubAffiliation WHERE serviceID = ? AND jid = ? ORDER BY nodeID"
);
const DELETE_AFFILIATION: Sql =
    sql!("DELETE FROM ofPubsubAffiliation WHERE serviceID = ? AND nodeID = ? AND jid = ?");
const SELECT_SUBSCRIPTIONS: Sql = sql!(
    "SELECT nodeID, id, jid, owner, state FROM ofPubsubSubscription WHERE serviceID = ? AND nodeID = ? ORDER BY jid, id"
);
const SELECT_SUBSCRIPTIONS_OF: Sql = sql!(
    "SELECT nodeID, id, jid, owner, state FROM ofPubsubSubscription WHERE serviceID = ? AND owner = ? \
     ORDER BY nodeID, jid, id"
);
const INSERT_SUBSCRIPTION: Sql = sql!(
    "INSERT INTO ofPubsubSubscription (serviceID, nodeID, id, jid, owner, state, deliver, digest, digest_frequency, \
     includeBody, showValues, subscriptionType, subscriptionDepth) \
     VALUES (?, ?, ?, ?, ?, ?, 1, 0, 86400000, 0, ' ', 'items', 1)"
);
const DELETE_SUBSCRIPTIONS: Sql =
    sql!("DELETE FROM ofPubsubSubscription WHERE serviceID = ? AND nodeID = ? AND jid = ?");

type SubscriptionRow = (String, String, String, String, String);

impl Store {
    /// Who is what to a node.
    pub async fn pubsub_affiliations(
        &self,
        service: &str,
        node: &str,
    ) -> Result<Vec<PubsubAffiliation>, StoreError> {
        let rows = self.run("pubsub_affiliations", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = sqlx::query_as(db.sql(SELECT_AFFILIATIONS)).bind(service).bind(node);
                query.fetch_all(&db.reader()).await
            })
        });
        let rows: Vec<(String, String)> = nothing_if_unfit(rows.await)?;
        Ok(rows.into_iter().map(|(jid, affiliation)| PubsubAffiliation { jid, affiliation }).collect())
    }

    /// What an address is to the nodes of a service: names of nodes and affiliations.
    pub async fn pubsub_affiliations_of(
        &self,
        service: &str,
        jid: &str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let rows = self.run("pubsub_affiliations_of", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = sqlx::query_as(db.sql(SELECT_AFFILIATIONS_OF)).bind(service).bind(jid);
                query.fetch_all(&db.reader()).await
            })
        });
        nothing_if_unfit(rows.await)
    }

    /// Makes an address something to a node, or nothing (`None`).
    pub async fn set_pubsub_affiliation(
        &self,
        service: &str,
        node: &str,
        jid: &str,
        affiliation: Option<&str>,
    ) -> Result<(), StoreError> {
        self.run("set_pubsub_affiliation", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let delete = sqlx::query(db.sql(DELETE_AFFILIATION)).bind(service).bind(node).bind(jid);
                delete.execute(&mut *tx).await?;
                if let Some(affiliation) = affiliation {
                    let insert = sqlx::query(db.sql(INSERT_AFFILIATION)).bind(service).bind(node).bind(jid);
                    insert.bind(affiliation).execute(&mut *tx).await?;
                }
                tx.commit().await
            })
        })
        .await
    }

    /// Who is told of a node's items.
    pub async fn pubsub_subscriptions(
        &self,
        service: &str,
        node: &str,
    ) -> Result<Vec<PubsubSubscription>, StoreError> {
        self.subscriptions(SELECT_SUBSCRIPTIONS, service, node).await
    }

    /// What an account is told of by a service.
    pub async fn pubsub_subscriptions_of(
        &self,
        service: &str,
        owner: &str,
    ) -> Result<Vec<PubsubSubscription>, StoreError> {
        self.subscriptions(SELECT_SUBSCRIPTIONS_OF, service, owner).await
    }

    async fn subscriptions(
        &self,
        select: Sql,
        service: &str,
        what: &str,
    ) -> Result<Vec<PubsubSubscription>, StoreError> {
        let rows = self.run("pubsub_subscriptions", || async move {
            on_backend!(&self.shared.engine, db => {
                sqlx::query_as(db.sql(select)).bind(service).bind(what).fetch_all(&db.reader()).await
            })
        });
        let rows: Vec<SubscriptionRow> = nothing_if_unfit(rows.await)?;
        let from_row = |(node, id, jid, owner, state)| PubsubSubscription { node, id, jid, owner, state };
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// Subscribes an address to a node, in the place of the subscription that it has.
    pub async fn subscribe_to_node(
        &self,
        service: &str,
        subscription: &PubsubSubscription,
    ) -> Result<(), StoreError> {
        let PubsubSubscription { node, id, jid, owner, state } = subscription;
        self.run("subscribe_to_node", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let delete = sqlx::query(db.sql(DELETE_SUBSCRIPTIONS)).bind(service).bind(node).bind(jid);
                delete.execute(&mut *tx).await?;
                let insert = sqlx::query(db.sql(INSERT_SUBSCRIPTION)).bind(service).bind(node).bind(id);
                insert.bind(jid).bind(owner).bind(state).execute(&mut *tx).await?;
                tx.commit().await
            })
        })
        .await
    }

    /// Ends the subscriptions of an address to a node. Returns whether there were any.
    pub async fn unsubscribe_from_node(
        &self,
        service: &str,
        node: &str,
        jid: &str,
    ) -> Result<bool, StoreError> {
        self.run("unsubscribe_from_node", || async move {
            on_backend!(&self.shared.engine, db => {
                let delete = sqlx::query(db.sql(DELETE_SUBSCRIPTIONS)).bind(service).bind(node).bind(jid);
                Ok(delete.execute(&db.writer()).await?.rows_affected() > 0)
            })
        })
        .await
    }
}
