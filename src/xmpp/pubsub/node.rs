//! A node with everything that a decision about it needs.

use std::collections::HashMap;
use std::sync::Arc;

use cobnut_model::{RosterItem, UnixMillis, limits};
use cobnut_store::{AddNode, PubsubNode, PubsubRoot, PubsubSubscription};
use cobnut_xmpp_proto::pubsub::{
    AccessModel, Affiliation, Asker, NodeConfig, PublishModel, PubsubError, SendLast, Subscription,
    SubscriptionState,
};
use cobnut_xmpp_proto::stanza::Condition;
use jid::{BareJid, Jid};

use super::home::Home;
use crate::service::{Service, now, store_failure};

/// See the module.
#[derive(Debug)]
pub(super) struct Node {
    /// Where it lives.
    pub(super) home: Home,
    /// Its name.
    pub(super) name: String,
    /// Who made it.
    pub(super) creator: String,
    /// What it is like.
    pub(super) config: NodeConfig,
    /// Who is subscribed.
    pub(super) subscriptions: Vec<PubsubSubscription>,
    affiliations: HashMap<BareJid, Affiliation>,
    /// The roster of the account whose presence and groups the access models mean.
    roster: Arc<Vec<RosterItem>>,
}

impl Node {
    /// What somebody is to the node, as the rules want to know it.
    pub(super) fn asker(&self, who: &BareJid) -> Asker<'_> {
        let contact = self.roster.iter().find(|item| item.jid == *who);
        let is_subscribed = |subscription: &PubsubSubscription| {
            subscription.owner == who.as_str() && subscription.state == SubscriptionState::Subscribed.name()
        };
        Asker {
            affiliation: self.affiliation(who),
            is_subscribed: self.subscriptions.iter().any(is_subscribed),
            sees_presence: contact.is_some_and(|item| item.subscription.is_seen_by_contact()),
            roster_groups: contact.map_or(&[], |item| &item.groups),
        }
    }

    /// What somebody is to the node. An account owns what lives in it.
    pub(super) fn affiliation(&self, who: &BareJid) -> Affiliation {
        if self.home.is_of(who) {
            return Affiliation::Owner;
        }
        self.affiliations.get(who).copied().unwrap_or_default()
    }

    /// Everybody who is something to it.
    pub(super) fn affiliations(&self) -> Vec<(&BareJid, Affiliation)> {
        let mut all: Vec<_> = self.affiliations.iter().map(|(jid, what)| (jid, *what)).collect();
        all.sort_unstable_by_key(|(jid, _)| *jid);
        all
    }
}

impl Service {
    /// A node. `item-not-found` where there is none.
    pub(super) async fn pubsub_node(&self, home: &Home, name: &str) -> Result<Node, PubsubError> {
        self.pubsub_node_if_any(home, name).await?.ok_or_else(|| Condition::ItemNotFound.into())
    }

    /// A node, if there is one.
    pub(super) async fn pubsub_node_if_any(
        &self,
        home: &Home,
        name: &str,
    ) -> Result<Option<Node>, PubsubError> {
        let id = home.id(self);
        let stored = self.store.pubsub_node(&id, name).await.map_err(|err| store_failure(&err))?;
        let Some(stored) = stored else { return Ok(None) };
        let config = config_of(home, &stored);
        let affiliations =
            self.store.pubsub_affiliations(&id, name).await.map_err(|err| store_failure(&err))?;
        let affiliations = affiliations.into_iter().filter_map(|row| {
            Some((BareJid::new(&row.jid).ok()?, Affiliation::from_name(&row.affiliation)?))
        });
        let subscriptions =
            self.store.pubsub_subscriptions(&id, name).await.map_err(|err| store_failure(&err))?;
        let roster = match (home, config.access) {
            (Home::Account(account), _) => self.roster_for(account).await?,
            (Home::Domain, AccessModel::Presence | AccessModel::Roster) => {
                match BareJid::new(&stored.creator) {
                    Ok(creator) if self.is_ours(&creator) => self.roster_for(&creator).await?,
                    _ => Arc::default(),
                }
            }
            (Home::Domain, _) => Arc::default(),
        };
        Ok(Some(Node {
            home: home.clone(),
            name: stored.node,
            creator: stored.creator,
            config,
            subscriptions,
            affiliations: affiliations.collect(),
            roster,
        }))
    }

    async fn roster_for(&self, account: &BareJid) -> Result<Arc<Vec<RosterItem>>, Condition> {
        if let Some(roster) = self.rosters.fresh(account) {
            return Ok(roster);
        }
        self.roster(account).await.map_err(|err| store_failure(&err))
    }

    /// Makes a node. `conflict` where there is one of that name.
    pub(super) async fn make_pubsub_node(
        &self,
        home: &Home,
        name: &str,
        creator: &BareJid,
        config: &NodeConfig,
    ) -> Result<(), PubsubError> {
        let max = match home {
            Home::Account(_) => limits::PUBSUB_ACCOUNT_NODES_MAX,
            Home::Domain => limits::PUBSUB_SERVICE_NODES_MAX,
        };
        let id = home.id(self);
        let held = self.store.count_pubsub_nodes(&id).await.map_err(|err| store_failure(&err))?;
        if held >= max {
            return Err(Condition::ResourceConstraint.into());
        }
        let root = match home {
            Home::Account(account) => PubsubRoot {
                node: id.clone(),
                owner: account.to_string(),
                access_model: AccessModel::Presence.name().to_owned(),
            },
            Home::Domain => PubsubRoot {
                node: String::new(),
                owner: self.domain.to_string(),
                access_model: AccessModel::Open.name().to_owned(),
            },
        };
        let row = row_of(id, name, creator.as_str(), config, now());
        match self.store.add_pubsub_node(&row, &root).await.map_err(|err| store_failure(&err))? {
            AddNode::Added => Ok(()),
            AddNode::Exists => Err(Condition::Conflict.into()),
        }
    }

    /// Gives a node another configuration.
    pub(super) async fn store_pubsub_config(
        &self,
        node: &Node,
        config: &NodeConfig,
    ) -> Result<(), PubsubError> {
        let row = row_of(node.home.id(self), &node.name, &node.creator, config, now());
        let is_there = self.store.update_pubsub_node(&row).await.map_err(|err| store_failure(&err))?;
        if is_there { Ok(()) } else { Err(Condition::ItemNotFound.into()) }
    }
}

/// A subscription as it is told; `None` where the row cannot be understood.
pub(super) fn subscription_of(row: &PubsubSubscription) -> Option<Subscription> {
    // Openfire knows `unconfigured`, too: it tells nothing before it is configured, and nobody can do that here.
    let state = SubscriptionState::from_name(&row.state).unwrap_or(SubscriptionState::Pending);
    Some(Subscription { node: row.node.clone(), jid: Jid::new(&row.jid).ok()?, id: row.id.clone(), state })
}

/// What the row of a node means. What cannot be understood lets nobody in.
pub(super) fn config_of(home: &Home, row: &PubsubNode) -> NodeConfig {
    let number = |value: i64, of_any: u32, max: u32| match u32::try_from(value) {
        // Openfire means "no limit" by what is below 0.
        Err(_) if value < 0 => max,
        Ok(0) | Err(_) => of_any,
        Ok(value) => value.min(max),
    };
    let default = home.default_config();
    let on_presence = row.is_presence_based || matches!(home, Home::Account(_));
    NodeConfig {
        title: row.title.clone(),
        description: row.description.clone(),
        payload_type: row.payload_type.clone(),
        access: AccessModel::from_name(&row.access_model).unwrap_or(AccessModel::Whitelist),
        roster_groups: row.roster_groups.clone(),
        publish: PublishModel::from_name(&row.publisher_model).unwrap_or(PublishModel::Publishers),
        persists: row.persists_items,
        items_max: number(row.items_max, default.items_max, limits::PUBSUB_ITEMS_MAX),
        payload_bytes_max: number(
            row.payload_bytes_max,
            default.payload_bytes_max,
            limits::PUBSUB_PAYLOAD_BYTES_MAX,
        ),
        delivers_payloads: row.delivers_payloads,
        notifies_config: row.notifies_config,
        notifies_delete: row.notifies_delete,
        notifies_retract: row.notifies_retract,
        send_last: match (row.sends_last_item, on_presence) {
            (false, _) => SendLast::Never,
            (true, false) => SendLast::OnSubscription,
            (true, true) => SendLast::OnSubscriptionAndPresence,
        },
    }
}

fn row_of(service: String, name: &str, creator: &str, config: &NodeConfig, at: UnixMillis) -> PubsubNode {
    PubsubNode {
        service,
        node: name.to_owned(),
        created_at: at,
        modified_at: at,
        creator: creator.to_owned(),
        title: config.title.clone(),
        description: config.description.clone(),
        payload_type: config.payload_type.clone(),
        access_model: config.access.name().to_owned(),
        publisher_model: config.publish.name().to_owned(),
        roster_groups: config.roster_groups.clone(),
        delivers_payloads: config.delivers_payloads,
        persists_items: config.persists,
        items_max: i64::from(config.items_max),
        payload_bytes_max: i64::from(config.payload_bytes_max),
        notifies_config: config.notifies_config,
        notifies_delete: config.notifies_delete,
        notifies_retract: config.notifies_retract,
        sends_last_item: config.send_last != SendLast::Never,
        is_presence_based: config.send_last == SendLast::OnSubscriptionAndPresence,
    }
}
