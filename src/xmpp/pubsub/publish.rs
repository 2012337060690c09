//! Items are published and taken back (XEP-0060 §7).

use cobnut_store::PubsubItem;
use cobnut_xmpp_proto::pubsub::{
    Item, NodeConfig, PublishOptions, PubsubError, answer, check_item, items_event, may_publish, may_retract,
    retracted_event,
};
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::{BareJid, FullJid, Jid};
use minidom::Element;

use super::home::Home;
use super::node::Node;
use super::requests::made_up;
use crate::service::{Service, now, store_failure};

impl Service {
    /// Publishes an item, or tells that something happened. An account's node is made by its first item (XEP-0060 §7.1.4).
    pub(super) async fn publish(
        &self,
        from: &FullJid,
        home: &Home,
        name: &str,
        item: Option<Item>,
        options: &PublishOptions,
    ) -> Result<Element, PubsubError> {
        let node = self.node_to_publish_to(&from.to_bare(), home, name, options).await?;
        may_publish(&node.config, node.asker(&from.to_bare()))?;
        self.put_item(from, &node, item).await
    }

    /// Puts an item into a node whoever may do that, and tells of it.
    pub(super) async fn put_item(
        &self,
        from: &FullJid,
        node: &Node,
        item: Option<Item>,
    ) -> Result<Element, PubsubError> {
        let payload = item.as_ref().and_then(|item| item.payload.as_ref());
        let payload_text =
            payload.map(|payload| String::from_utf8_lossy(&stanza_bytes(payload)).into_owned());
        check_item(&node.config, item.as_ref(), payload_text.as_ref().map_or(0, String::len))?;
        let Some(item) = item else {
            self.tell(node, items_event(&node.name, [])).await;
            return Ok(answer::published(&node.name, None));
        };
        let id = item.id.unwrap_or_else(made_up);
        if node.config.persists {
            let row = PubsubItem {
                id: id.clone(),
                publisher: from.to_string(),
                published_at: now(),
                payload: payload_text,
            };
            let keep = usize::try_from(node.config.items_max).unwrap_or(usize::MAX);
            let kept = self.store.publish_item(&node.home.id(self), &node.name, &row, keep).await;
            if !kept.map_err(|err| store_failure(&err))? {
                return Err(Condition::ItemNotFound.into());
            }
        }
        let told = item.payload.as_ref().filter(|_| node.config.delivers_payloads);
        self.tell(node, items_event(&node.name, [(id.as_str(), told)])).await;
        Ok(answer::published(&node.name, Some(&id)))
    }

    async fn node_to_publish_to(
        &self,
        who: &BareJid,
        home: &Home,
        name: &str,
        options: &PublishOptions,
    ) -> Result<Node, PubsubError> {
        if let Some(node) = self.pubsub_node_if_any(home, name).await? {
            options.check(&node.config)?;
            return Ok(node);
        }
        if !home.is_of(who) {
            return Err(Condition::ItemNotFound.into());
        }
        let config = options.new_node(&home.default_config())?;
        let node = self.made_node(who, home, name, &config).await?;
        // Another session of the account may have been faster.
        options.check(&node.config)?;
        Ok(node)
    }

    /// The node that was just made, here or by somebody who was faster.
    pub(super) async fn made_node(
        &self,
        who: &BareJid,
        home: &Home,
        name: &str,
        config: &NodeConfig,
    ) -> Result<Node, PubsubError> {
        match self.make_pubsub_node(home, name, who, config).await {
            Ok(()) | Err(PubsubError { condition: Condition::Conflict, .. }) => {
                self.pubsub_node(home, name).await
            }
            Err(err) => Err(err),
        }
    }

    /// Takes an item back.
    pub(super) async fn retract(
        &self,
        who: &BareJid,
        home: &Home,
        name: &str,
        id: &str,
        is_told: bool,
    ) -> Result<(), PubsubError> {
        let node = self.pubsub_node(home, name).await?;
        let service = home.id(self);
        let item = self.store.pubsub_item(&service, name, id).await.map_err(|err| store_failure(&err))?;
        let is_own = item
            .as_ref()
            .is_some_and(|item| Jid::new(&item.publisher).is_ok_and(|publisher| publisher.to_bare() == *who));
        may_retract(node.asker(who), is_own)?;
        let is_gone = item.is_some()
            && self.store.retract_item(&service, name, id).await.map_err(|err| store_failure(&err))?;
        if !is_gone {
            return Err(Condition::ItemNotFound.into());
        }
        if is_told || node.config.notifies_retract {
            self.tell(&node, retracted_event(name, id)).await;
        }
        Ok(())
    }
}
