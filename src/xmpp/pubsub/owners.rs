//! What owners do with their nodes (XEP-0060 §8).

use cobnut_xmpp_proto::pubsub::{
    Affiliation, OwnerRequest, PubsubError, answer, configured_event, deleted_event, may_configure,
    purged_event,
};
use cobnut_xmpp_proto::stanza::Condition;
use jid::BareJid;

use super::home::Home;
use super::node::{Node, subscription_of};
use super::requests::Answered;
use crate::service::{Service, store_failure};

impl Service {
    /// Answers an owner's request.
    pub(super) async fn answer_owner(&self, who: &BareJid, home: &Home, asked: OwnerRequest) -> Answered {
        let name = match &asked {
            OwnerRequest::Default => return Ok(Some(answer::default_configuration(&home.default_config()))),
            OwnerRequest::LeaveConfiguration => return Ok(None),
            OwnerRequest::Configuration(node)
            | OwnerRequest::Configure { node, .. }
            | OwnerRequest::Delete(node)
            | OwnerRequest::Purge(node)
            | OwnerRequest::Subscriptions(node)
            | OwnerRequest::Subscribe { node, .. }
            | OwnerRequest::Affiliations(node)
            | OwnerRequest::Affiliate { node, .. } => node.clone(),
        };
        let node = self.pubsub_node(home, &name).await?;
        may_configure(node.asker(who))?;
        match asked {
            OwnerRequest::Configuration(_) => return Ok(Some(answer::configuration(&name, &node.config))),
            OwnerRequest::Configure { form, .. } => {
                let config = form.config(&node.config)?;
                self.store_pubsub_config(&node, &config).await?;
                if config.notifies_config {
                    self.tell(&node, configured_event(&name, &config)).await;
                }
            }
            OwnerRequest::Delete(_) => {
                let deleted = self.store.delete_pubsub_node(&home.id(self), &name).await;
                if !deleted.map_err(|err| store_failure(&err))? {
                    return Err(Condition::ItemNotFound.into());
                }
                if node.config.notifies_delete {
                    self.tell(&node, deleted_event(&name)).await;
                }
            }
            OwnerRequest::Purge(_) => {
                self.store.purge_items(&home.id(self), &name).await.map_err(|err| store_failure(&err))?;
                if node.config.notifies_retract {
                    self.tell(&node, purged_event(&name)).await;
                }
            }
            OwnerRequest::Subscriptions(_) => {
                let all: Vec<_> = node.subscriptions.iter().filter_map(subscription_of).collect();
                return Ok(Some(answer::subscribers(&name, &all)));
            }
            OwnerRequest::Subscribe { people, .. } => self.manage_subscriptions(&node, people).await?,
            OwnerRequest::Affiliations(_) => {
                return Ok(Some(answer::affiliates(&name, node.affiliations())));
            }
            OwnerRequest::Affiliate { people, .. } => self.affiliate(&node, &people).await?,
            OwnerRequest::Default | OwnerRequest::LeaveConfiguration => {}
        }
        Ok(None)
    }

    /// Makes people something to a node. Somebody stays its owner (§8.9.2.4).
    async fn affiliate(&self, node: &Node, people: &[(BareJid, Affiliation)]) -> Result<(), PubsubError> {
        let is_owner_after = |jid: &BareJid| {
            let changed = people.iter().rev().find(|(changed, _)| changed == jid);
            changed.map_or(node.affiliation(jid), |(_, what)| *what) == Affiliation::Owner
        };
        let known = node.affiliations().into_iter().map(|(jid, _)| jid);
        let mut everybody = known.chain(people.iter().map(|(jid, _)| jid));
        let is_of_account = matches!(node.home, Home::Account(_));
        if !is_of_account && !everybody.any(is_owner_after) {
            return Err(Condition::NotAcceptable.into());
        }
        for (jid, what) in people {
            let name = match what {
                Affiliation::None => None,
                // The tables have no room for these two.
                Affiliation::Member | Affiliation::PublishOnly => {
                    return Err(Condition::FeatureNotImplemented.into());
                }
                Affiliation::Owner | Affiliation::Publisher | Affiliation::Outcast => Some(what.name()),
            };
            let service = node.home.id(self);
            let set = self.store.set_pubsub_affiliation(&service, &node.name, jid.as_str(), name).await;
            set.map_err(|err| store_failure(&err))?;
        }
        Ok(())
    }
}
