//! What a session is told when it comes online, or begins to want more (XEP-0163 §4.3.4).

use std::sync::Arc;

use cobnut_store::LastItem;
use cobnut_xmpp_proto::privacy::Traffic;
use cobnut_xmpp_proto::pubsub::{AccessModel, items_event, may_read, notification};
use cobnut_xmpp_proto::stanza::ElementExt as _;
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::BareJid;
use tracing::warn;

use super::home::Home;
use super::requests::payload_of;
use crate::service::{LocalSession, Service};
use crate::xep::xep_0203_delay;

impl Service {
    /// Tells a session the newest items of some nodes of its own account and of the contacts that it sees.
    pub(super) async fn tell_last_items(&self, session: &Arc<LocalSession>, nodes: &[String]) {
        let is_online =
            self.cluster.sessions().get(&session.jid).is_some_and(|entry| entry.record.presence.is_some());
        if nodes.is_empty() || !is_online {
            return;
        }
        let account = session.jid.to_bare();
        let roster = self.roster_if_known(&account).await;
        let contacts = self.contacts_seen_by(&account, roster.as_deref().map(Vec::as_slice));
        let homes: Vec<String> = contacts.iter().map(ToString::to_string).collect();
        let items = match self.store.last_pubsub_items(&homes, nodes).await {
            Ok(items) => items,
            Err(err) => {
                warn!(%err, jid = %account, "newest items of contacts not read");
                return;
            }
        };
        for last in items {
            let Ok(publisher) = BareJid::new(&last.service) else { continue };
            if self.may_be_told(&account, &publisher, &last).await {
                let payload = payload_of(&last.item).filter(|_| last.delivers_payloads);
                let event = items_event(&last.node, [(last.item.id.as_str(), payload.as_ref())]);
                let delay = xep_0203_delay::element(&last.service, last.item.published_at.0);
                let stanza = stanza_bytes(&notification(&last.service, event).with_child(delay));
                if !self.keeps_out(session, &stanza) {
                    session.push_gently(&stanza).await;
                }
            }
        }
    }

    /// Whether somebody who sees the publisher may see an item.
    async fn may_be_told(&self, who: &BareJid, publisher: &BareJid, last: &LastItem) -> bool {
        if who == publisher {
            return true;
        }
        let hides = self.default_list_blocks(publisher, Traffic::PresenceOut, &who.clone().into()).await;
        if !matches!(hides, Ok(false)) {
            return false;
        }
        let access = AccessModel::from_name(&last.access_model);
        if matches!(access, Some(AccessModel::Open | AccessModel::Presence)) {
            return true;
        }
        let node = self.pubsub_node(&Home::Account(publisher.clone()), &last.node).await;
        node.is_ok_and(|node| may_read(&node.config, node.asker(who)).is_ok())
    }
}
