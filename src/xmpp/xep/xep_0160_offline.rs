//! XEP-0160: Offline Messages, with Openfire's policies (`xmpp.offline.type`); `store_and_bounce` is the default.
//!
//! A message is deleted only after it is queued to a client, in the transaction that found it: of two resources that
//! become available at the same moment, on one member or on two, only one gets it.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use cobnut_mesh::SessionEntry;
use cobnut_model::UnixMillis;
use cobnut_store::{AddOffline, OfflineMessage, StoreError};
use cobnut_xmpp_proto::privacy::Traffic;
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use jid::{BareJid, Jid};
use minidom::Element;
use tracing::{info, warn};
use xmpp_parsers::ns;

use super::xep_0203_delay;
use crate::service::{LocalSession, Service, now, store_failure};

/// What `disco#info` calls the feature.
pub(super) const FEATURE: &str = "msgoffline";

/// What one hand-over has done so far, for when its transaction is run again.
#[derive(Debug, Default)]
struct HandOver {
    queued: BTreeSet<i64>,
    /// The session takes no more; what follows stays behind what it refused.
    is_over: bool,
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
        if let Some(from) = message.attr("from").and_then(|from| Jid::new(from).ok()) {
            match self.account_blocks(account, Traffic::MessageIn, &from).await {
                Ok(false) => {}
                Ok(true) => return self.bounce_message(message, Condition::ServiceUnavailable).await,
                Err(condition) => return self.bounce(message, condition).await,
            }
        }
        let policy = self.policy.offline;
        if !policy.stores {
            return self.give_up(message).await;
        }
        let stanza = stanza_bytes(message);
        let text = String::from_utf8_lossy(&stanza);
        match self.store.add_offline(username, &text, now(), policy.effective_quota()).await {
            Ok(AddOffline::Stored) => {
                self.metrics.stored_offline.inc();
                self.hand_over_if_back(account).await;
            }
            Ok(AddOffline::QuotaExceeded) => {
                info!(jid = %account, "offline quota exceeded");
                self.give_up(message).await;
            }
            Err(err) => self.bounce(message, store_failure(&err)).await,
        }
    }

    /// Returns or forgets a message that is not stored.
    async fn give_up(&self, message: &Element) {
        if self.policy.offline.bounces {
            self.bounce_message(message, Condition::ServiceUnavailable).await;
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

    /// After a split: the other side stored what was sent to accounts that were online here all the time.
    pub(crate) async fn hand_over_after_split(&self) {
        let waiting = match self.store.accounts_with_offline().await {
            Ok(waiting) => waiting,
            Err(err) => return warn!(%err, "messages stored during a split wait for the next login"),
        };
        for username in waiting {
            if let Ok(account) = BareJid::new(&format!("{username}@{}", self.domain)) {
                self.hand_over_if_back(&account).await;
            }
        }
    }

    fn message_takers(&self, account: &BareJid) -> Vec<SessionEntry> {
        let mut sessions = self.cluster.sessions().of(account);
        sessions.retain(|entry| entry.record.message_priority().is_some());
        sessions
    }

    /// Delivers the stored messages of an account to one of its sessions on this node, oldest first.
    pub(crate) async fn hand_over_offline(&self, session: &Arc<LocalSession>) {
        if let Err(err) = self.hand_over_what_is_left(session).await {
            // They stay where they are; the second look after the initial presence tries again.
            warn!(%err, jid = %session.jid.to_bare(), "offline messages not handed over");
        }
    }

    /// Delivers what is stored to a session that can take it, whoever should have done so before; not to one that picks for
    /// itself (XEP-0013).
    pub(crate) async fn hand_over_what_is_left(&self, session: &Arc<LocalSession>) -> Result<(), StoreError> {
        if session.picks_offline.load(Ordering::Relaxed) {
            return Ok(());
        }
        let account = session.jid.to_bare();
        if !self.message_takers(&account).iter().any(|entry| entry.record.jid == session.jid) {
            return Ok(());
        }
        let done = Mutex::new(HandOver::default());
        let take = |stored: &OfflineMessage| {
            self.hand_over(session, stored, &mut done.lock().unwrap_or_else(PoisonError::into_inner))
        };
        self.store.hand_over_offline(Self::username(&account), take).await
    }

    /// Returns whether the session has the message and it can be deleted.
    fn hand_over(&self, session: &LocalSession, stored: &OfflineMessage, done: &mut HandOver) -> bool {
        if done.queued.contains(&stored.id) {
            return true;
        }
        if done.is_over {
            return false;
        }
        let Some(message) = self.stamped(stored) else {
            warn!(id = stored.id, jid = %session.jid.to_bare(), "stored message cannot be read, left where it is");
            return false;
        };
        let is_queued = self.deliver_here(&session.jid, &stanza_bytes(&message));
        if is_queued {
            done.queued.insert(stored.id);
        }
        done.is_over = !is_queued;
        is_queued
    }

    /// A stored message with the time at which it was; `None` if it cannot be read.
    pub(super) fn stamped(&self, stored: &OfflineMessage) -> Option<Element> {
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
