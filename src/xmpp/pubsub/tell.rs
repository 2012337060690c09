//! Who is told of an event.

use bytes::Bytes;
use cobnut_mesh::Envelope;
use cobnut_xmpp_proto::avatar::NS_METADATA;
use cobnut_xmpp_proto::privacy::{PrivacyList, Traffic};
use cobnut_xmpp_proto::pubsub::{SubscriptionState, items_event, may_read, notification};
use cobnut_xmpp_proto::stanza::{ElementExt as _, start_tag_attr};
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::{BareJid, FullJid, Jid};
use minidom::Element;
use tracing::{debug, warn};

use super::home::Home;
use super::node::Node;
use super::requests::payload_of;
use crate::service::{Recipients, Rework, Service, store_failure};
use crate::xep::xep_0203_delay;

impl Service {
    /// Tells an event to everybody who has subscribed to a node, and, if it is an account's, to those sessions of the account
    /// and its contacts that want to know of it. Nobody is told twice, and nobody who may not see the node.
    pub(super) async fn tell(&self, node: &Node, event: Element) {
        let stanza = stanza_bytes(&notification(&node.home.address(self), event));
        let mut subscribed = Recipients::new();
        for row in &node.subscriptions {
            let (Ok(jid), Ok(owner)) = (Jid::new(&row.jid), BareJid::new(&row.owner)) else { continue };
            let is_granted = row.state == SubscriptionState::Subscribed.name();
            if is_granted && may_read(&node.config, node.asker(&owner)).is_ok() {
                self.add_subscriber(&mut subscribed, &jid);
            }
        }
        if let Home::Account(account) = &node.home {
            let mut interested = self.onlookers(account, node).await;
            interested.retain(|jid| !subscribed.contains(jid));
            self.send_event(&node.name, interested, &stanza).await;
        }
        self.fan_out(subscribed, &stanza).await;
    }

    /// The sessions that a subscription of this domain means (RFC 6121 §8.5.2.1.1 for headlines).
    fn add_subscriber(&self, recipients: &mut Recipients, jid: &Jid) {
        if let Ok(full) = FullJid::try_from(jid.clone()) {
            recipients.add(self.cluster.sessions().get(&full));
            return;
        }
        let mut sessions = self.available_sessions(&jid.to_bare());
        sessions.retain(|entry| entry.record.message_priority().is_some());
        recipients.add(sessions);
    }

    /// The sessions of an account and of those who see its presence, as far as they may see the node (XEP-0163 §4.3).
    async fn onlookers(&self, account: &BareJid, node: &Node) -> Recipients {
        let mut recipients = Recipients::new();
        recipients.add(self.available_sessions(account));
        let roster = self.roster_if_known(account).await;
        let lists = self.privacy_lists(account).await.map_err(|err| store_failure(&err));
        let list = lists.as_ref().ok().and_then(|lists| lists.default_list());
        let hides = |list: &PrivacyList, contact: &BareJid| {
            self.blocks(account, list, Traffic::PresenceOut, &contact.clone().into())
        };
        let contacts = roster.as_deref().map(Vec::as_slice).unwrap_or_default();
        let sees = |item: &&cobnut_model::RosterItem| {
            item.subscription.is_seen_by_contact() && self.is_ours(&item.jid)
        };
        for contact in contacts.iter().filter(sees) {
            let is_told = may_read(&node.config, node.asker(&contact.jid)).is_ok()
                && !list.is_some_and(|list| hides(list, &contact.jid));
            if is_told {
                recipients.add(self.available_sessions(&contact.jid));
            }
        }
        recipients
    }

    /// Gives an event to those of some sessions that want to know of the node.
    async fn send_event(&self, node: &str, recipients: Recipients, stanza: &Bytes) {
        let mut copies = Vec::new();
        for (member, to) in recipients.by_member() {
            if member == self.node() {
                self.take_event(node, &to, stanza);
                continue;
            }
            let envelope = Envelope::PubsubEvent { node: node.to_owned(), to, stanza: stanza.clone() };
            copies.push(async move {
                if let Err(err) = self.cluster.send(member, envelope).await {
                    debug!(%member, %err, "event not sent to member");
                }
            });
        }
        futures::future::join_all(copies).await;
    }

    /// Gives an event to those of this node's sessions that want it. What an account says of its avatar concerns the presence
    /// of all of its sessions.
    pub(crate) fn take_event(&self, node: &str, to: &[FullJid], stanza: &Bytes) {
        let is_of_avatar = node == NS_METADATA;
        let publisher = start_tag_attr(stanza, "from").filter(|_| is_of_avatar);
        for jid in to {
            if publisher.as_ref().is_some_and(|publisher| *publisher == jid.to_bare().as_str()) {
                self.rework_soon(Rework::Avatar { session: jid.clone() });
            }
            let wants = self.local.get(jid).is_some_and(|session| session.interest.wants(node));
            if wants {
                self.deliver_here(jid, stanza);
            }
        }
    }

    /// Tells the newest item of a node to a new subscriber (XEP-0060 §6.1.7).
    pub(super) async fn tell_last_to(&self, node: &Node, jid: &Jid) {
        let items = match self.store.pubsub_items(&node.home.id(self), &node.name, 1).await {
            Ok(items) => items,
            Err(err) => {
                warn!(%err, node = node.name, "a new subscriber is not told of the newest item");
                return;
            }
        };
        let Some(item) = items.first() else { return };
        let payload = payload_of(item).filter(|_| node.config.delivers_payloads);
        let event = items_event(&node.name, [(item.id.as_str(), payload.as_ref())]);
        let from = node.home.address(self);
        let delay = xep_0203_delay::element(&from, item.published_at.0);
        let stanza = stanza_bytes(&notification(&from, event).with_child(delay));
        let mut recipients = Recipients::new();
        self.add_subscriber(&mut recipients, jid);
        self.fan_out(recipients, &stanza).await;
    }
}
