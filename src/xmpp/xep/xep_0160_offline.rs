//! XEP-0160: Offline Messages, with Openfire's policy `store_and_bounce`.
//!
//! A message is deleted only after it is queued to a client. On one member a lock for each account keeps two resources
//! from getting the same message; across members the resource that was bound first hands over, and what is left a
//! little later goes to whoever is there.

use std::sync::{Arc, Weak};

use cobnut_mesh::SessionEntry;
use cobnut_model::{UnixMillis, limits};
use cobnut_store::{AddOffline, OfflineMessage, StoreError};
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use dashmap::DashMap;
use jid::BareJid;
use minidom::Element;
use tokio::sync::Mutex;
use tracing::{info, warn};
use xmpp_parsers::ns;

use super::xep_0203_delay;
use crate::service::{LocalSession, Service, now, store_failure};

/// What `disco#info` calls the feature.
pub(super) const FEATURE: &str = "msgoffline";

/// One lock for each account whose offline messages are being handed over right now.
#[derive(Debug, Default)]
pub(crate) struct AccountLocks {
    locks: DashMap<BareJid, Weak<Mutex<()>>>,
}

impl AccountLocks {
    fn of(&self, account: &BareJid) -> Arc<Mutex<()>> {
        let mut held = self.locks.entry(account.clone()).or_default();
        if let Some(lock) = held.upgrade() {
            return lock;
        }
        let lock = Arc::new(Mutex::new(()));
        *held = Arc::downgrade(&lock);
        lock
    }

    fn forget_unused(&self, account: &BareJid) {
        self.locks.remove_if(account, |_, lock| lock.strong_count() == 0);
    }
}

impl Service {
    /// Keeps a message for an account that is offline; what cannot be kept goes back to its sender.
    pub(crate) async fn keep_for_later(&self, account: &BareJid, message: &Element) {
        let username = Self::username(account);
        match self.store.user(username).await {
            Ok(Some(_)) => {}
            Ok(None) => return self.bounce_message(message, Condition::ServiceUnavailable).await,
            Err(err) => return self.bounce(message, store_failure(&err)).await,
        }
        let stanza = stanza_bytes(message);
        let text = String::from_utf8_lossy(&stanza);
        match self.store.add_offline(username, &text, now(), limits::OFFLINE_BYTES_MAX).await {
            Ok(AddOffline::Stored) => {
                self.metrics.stored_offline.inc();
                self.hand_over_if_back(account).await;
            }
            Ok(AddOffline::QuotaExceeded) => {
                info!(jid = %account, "offline quota exceeded, message returned");
                self.bounce_message(message, Condition::ServiceUnavailable).await;
            }
            Err(err) => self.bounce(message, store_failure(&err)).await,
        }
    }

    /// The account may have logged in here while its message was being stored.
    async fn hand_over_if_back(&self, account: &BareJid) {
        let able = self.message_takers(account);
        let here = able.iter().find(|entry| entry.member == self.node());
        if let Some(session) = here.and_then(|entry| self.local.get(&entry.record.jid)) {
            self.hand_over_offline(&session).await;
        }
    }

    fn message_takers(&self, account: &BareJid) -> Vec<SessionEntry> {
        let mut sessions = self.cluster.sessions().of(account);
        sessions.retain(|entry| entry.record.message_priority().is_some());
        sessions
    }

    /// Whether a resource on another member, bound earlier, hands over the messages.
    fn another_member_hands_over(&self, session: &LocalSession) -> bool {
        let able = self.message_takers(&session.jid.to_bare());
        let first = able.iter().min_by_key(|entry| (entry.record.bound_at, entry.record.jid.clone()));
        first.is_some_and(|entry| entry.member != self.node())
    }

    /// Delivers the stored messages of an account to one of its sessions on this node, oldest first, unless a session
    /// on another member is about to do the same.
    pub(crate) async fn hand_over_offline(&self, session: &Arc<LocalSession>) {
        if self.another_member_hands_over(session) {
            return;
        }
        if let Err(err) = self.hand_over_what_is_left(session).await {
            // They stay where they are; the second look after the initial presence tries again.
            warn!(%err, jid = %session.jid.to_bare(), "offline messages not handed over");
        }
    }

    /// Delivers what is stored to a session that can take it, whoever should have done so before.
    pub(crate) async fn hand_over_what_is_left(&self, session: &Arc<LocalSession>) -> Result<(), StoreError> {
        let account = session.jid.to_bare();
        if !self.message_takers(&account).iter().any(|entry| entry.record.jid == session.jid) {
            return Ok(());
        }
        let lock = self.offline_locks.of(&account);
        let outcome = {
            let _one_at_a_time = lock.lock().await;
            self.deliver_stored(session, Self::username(&account)).await
        };
        drop(lock);
        self.offline_locks.forget_unused(&account);
        outcome
    }

    async fn deliver_stored(&self, session: &LocalSession, username: &str) -> Result<(), StoreError> {
        let mut queued = Vec::new();
        for stored in self.store.offline(username).await? {
            let Some(message) = self.stamped(&stored) else {
                warn!(id = stored.id, username, "stored message cannot be read, left where it is");
                continue;
            };
            if !self.deliver_here(&session.jid, &stanza_bytes(&message)) {
                break;
            }
            queued.push(stored.id);
        }
        if !queued.is_empty() {
            self.store.delete_offline(username, &queued).await?;
        }
        Ok(())
    }

    fn stamped(&self, stored: &OfflineMessage) -> Option<Element> {
        let mut message = parse_stanza(stored.stanza.as_bytes()).ok()?;
        if !message.is("message", ns::JABBER_CLIENT) {
            return None;
        }
        // A message that was handed over to a dead connection and stored again keeps its first stamp.
        if !xep_0203_delay::is_stamped(&message, self.domain_str()) {
            let UnixMillis(stored_at) = stored.stored_at;
            message.append_child(xep_0203_delay::element(self.domain_str(), stored_at));
        }
        Some(message)
    }
}
