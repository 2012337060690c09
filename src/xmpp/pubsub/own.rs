//! What the server itself does with the nodes of an account, so that what clients keep there and elsewhere says the same.

use cobnut_model::limits;
use cobnut_xmpp_proto::pubsub::{Item, NodeConfig, PubsubError, retracted_event};
use cobnut_xmpp_proto::stanza::Condition;
use jid::{BareJid, FullJid};
use minidom::Element;

use super::home::Home;
use super::requests::payload_of;
use crate::service::{Service, store_failure};

impl Service {
    /// The items of an account's node with their names, the oldest first; `None` where there is no such node.
    pub(crate) async fn own_items(
        &self,
        account: &BareJid,
        node: &str,
    ) -> Result<Option<Vec<(String, Element)>>, Condition> {
        let home = Home::Account(account.clone()).id(self);
        if self.store.pubsub_node(&home, node).await.map_err(|err| store_failure(&err))?.is_none() {
            return Ok(None);
        }
        let items = self.store.pubsub_items(&home, node, limits::PUBSUB_ITEMS_MAX).await;
        let items = items.map_err(|err| store_failure(&err))?;
        let named = items.iter().rev().filter_map(|item| Some((item.id.clone(), payload_of(item)?)));
        Ok(Some(named.collect()))
    }

    /// The newest item of an account's node, if it is one that is told to who comes.
    pub(crate) async fn newest_own_item(
        &self,
        account: &BareJid,
        node: &str,
    ) -> Result<Option<Element>, Condition> {
        let home = Home::Account(account.clone()).id(self);
        let newest = self.store.last_pubsub_items(&[home], &[node.to_owned()]).await;
        let newest = newest.map_err(|err| store_failure(&err))?;
        Ok(newest.first().and_then(|last| payload_of(&last.item)))
    }

    /// Publishes an item on behalf of a session, and makes the node with `config` if there is none.
    pub(crate) async fn publish_own(
        &self,
        from: &FullJid,
        node: &str,
        item: Item,
        config: &NodeConfig,
    ) -> Result<(), Condition> {
        let published = async {
            let home = Home::Account(from.to_bare());
            let node = match self.pubsub_node_if_any(&home, node).await? {
                Some(node) => node,
                None => self.made_node(&from.to_bare(), &home, node, config).await?,
            };
            self.put_item(from, &node, Some(item)).await
        };
        published.await.map(drop).map_err(|err: PubsubError| err.condition)
    }

    /// Takes an item back.
    pub(crate) async fn retract_own(&self, account: &BareJid, node: &str, id: &str) -> Result<(), Condition> {
        let retracted = async {
            let home = Home::Account(account.clone());
            let node = self.pubsub_node(&home, node).await?;
            self.store
                .retract_item(&home.id(self), &node.name, id)
                .await
                .map_err(|err| store_failure(&err))?;
            if node.config.notifies_retract {
                self.tell(&node, retracted_event(&node.name, id)).await;
            }
            Ok(())
        };
        retracted.await.map_err(|err: PubsubError| err.condition)
    }
}
