//! Who is subscribed (XEP-0060 §6).

use cobnut_model::limits;
use cobnut_store::PubsubSubscription;
use cobnut_xmpp_proto::pubsub::{
    AccessModel, Affiliation, Detail, PubsubError, SendLast, Subscription, SubscriptionState, answer,
    may_read,
};
use cobnut_xmpp_proto::stanza::Condition;
use jid::{BareJid, Jid};
use minidom::Element;

use super::home::Home;
use super::node::Node;
use super::requests::made_up;
use crate::service::{Service, store_failure};

impl Service {
    /// Subscribes the sender. Where owners let people in one by one, the subscription waits for one (§8.6).
    pub(super) async fn subscribe(
        &self,
        who: &BareJid,
        home: &Home,
        name: &str,
        jid: Jid,
    ) -> Result<Element, PubsubError> {
        if jid.to_bare() != *who {
            return Err(PubsubError::new(Condition::BadRequest, Detail::InvalidJid));
        }
        let node = self.pubsub_node(home, name).await?;
        let asker = node.asker(who);
        let state = match may_read(&node.config, asker) {
            Ok(()) => SubscriptionState::Subscribed,
            Err(_)
                if node.config.access == AccessModel::Authorize
                    && asker.affiliation != Affiliation::Outcast =>
            {
                SubscriptionState::Pending
            }
            Err(refusal) => return Err(refusal),
        };
        let held = node.subscriptions.iter().find(|row| row.jid == jid.as_str());
        if held.is_none() && node.subscriptions.len() >= limits::PUBSUB_SUBSCRIPTIONS_MAX {
            return Err(Condition::ResourceConstraint.into());
        }
        let row = PubsubSubscription {
            node: node.name.clone(),
            id: held.map_or_else(made_up, |held| held.id.clone()),
            jid: jid.to_string(),
            owner: who.to_string(),
            state: state.name().to_owned(),
        };
        let stored = self.store.subscribe_to_node(&home.id(self), &row).await;
        stored.map_err(|err| store_failure(&err))?;
        if state == SubscriptionState::Subscribed && node.config.send_last != SendLast::Never {
            self.tell_last_to(&node, &jid).await;
        }
        Ok(answer::subscription(&Subscription { node: node.name, jid, id: row.id, state }))
    }

    /// Ends a subscription of the sender.
    pub(super) async fn unsubscribe(
        &self,
        who: &BareJid,
        home: &Home,
        name: &str,
        jid: &Jid,
    ) -> Result<(), PubsubError> {
        if jid.to_bare() != *who {
            return Err(Condition::Forbidden.into());
        }
        self.pubsub_node(home, name).await?;
        self.end_subscription(home, name, jid).await
    }

    /// Ends a subscription, which has to be there.
    async fn end_subscription(&self, home: &Home, name: &str, jid: &Jid) -> Result<(), PubsubError> {
        let ended = self.store.unsubscribe_from_node(&home.id(self), name, jid.as_str()).await;
        if ended.map_err(|err| store_failure(&err))? {
            Ok(())
        } else {
            Err(PubsubError::new(Condition::UnexpectedRequest, Detail::NotSubscribed))
        }
    }

    /// An owner says whose subscription becomes what (§8.8.2).
    pub(super) async fn manage_subscriptions(
        &self,
        node: &Node,
        people: Vec<(Jid, SubscriptionState)>,
    ) -> Result<(), PubsubError> {
        for (jid, state) in people {
            if state == SubscriptionState::None {
                self.end_subscription(&node.home, &node.name, &jid).await?;
                continue;
            }
            let held = node.subscriptions.iter().find(|row| row.jid == jid.as_str());
            let row = PubsubSubscription {
                node: node.name.clone(),
                id: held.map_or_else(made_up, |held| held.id.clone()),
                jid: jid.to_string(),
                owner: jid.to_bare().to_string(),
                state: state.name().to_owned(),
            };
            let stored = self.store.subscribe_to_node(&node.home.id(self), &row).await;
            stored.map_err(|err| store_failure(&err))?;
        }
        Ok(())
    }
}
