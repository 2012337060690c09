//! A second look after the initial presence.
//!
//! Two users who come or go at the same moment on different members may miss each other: neither member's map knew
//! the other's session yet. A little later both maps know, and the difference to what the client was told is sent.

use std::sync::Arc;

use cobnut_model::limits;
use cobnut_xmpp_proto::stanza::ElementExt as _;
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::FullJid;
use minidom::Element;
use tokio::time::Instant;
use tracing::warn;
use xmpp_parsers::ns;

use crate::service::{LocalSession, Service};

impl Service {
    /// Plans the second look, or moves it if it is planned already.
    pub(super) fn settle_later(&self, session: &Arc<LocalSession>) {
        if !session.start_settling(Instant::now() + limits::PRESENCE_SETTLE) {
            return;
        }
        let (Some(service), session) = (self.handle_for_task(), Arc::clone(session)) else { return };
        self.tasks.spawn("settle presence", async move {
            let token = service.tasks.token().clone();
            tokio::select! {
                () = token.cancelled() => {}
                () = service.settle(&session) => {}
            }
        });
    }

    async fn settle(&self, session: &Arc<LocalSession>) {
        while let Some(due) = session.settles_at().filter(|due| *due > Instant::now()) {
            tokio::time::sleep_until(due).await;
        }
        // On the heap, so that those who wait after a wave of logins do not carry the space for the work.
        Box::pin(self.look_again(session)).await;
    }

    async fn look_again(&self, session: &Arc<LocalSession>) {
        if !self.is_current(session) {
            session.take_seen();
            return;
        }
        self.send_differences(session).await;
        let mut pause = limits::STORE_RETRY_PAUSE;
        for _ in 0..limits::STORE_ATTEMPTS_MAX {
            match self.hand_over_what_is_left(session).await {
                Ok(()) => return,
                Err(err) => {
                    warn!(%err, jid = %session.jid.to_bare(), "offline messages not handed over, trying again");
                }
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
            if !self.is_current(session) {
                return;
            }
        }
    }

    /// Whether the session is still the one that became available.
    fn is_current(&self, session: &Arc<LocalSession>) -> bool {
        self.local.get(&session.jid).is_some_and(|held| Arc::ptr_eq(&held, session))
            && self.cluster.sessions().get(&session.jid).is_some_and(|entry| entry.record.presence.is_some())
    }

    async fn send_differences(&self, session: &Arc<LocalSession>) {
        let account = session.jid.to_bare();
        let roster = self.roster_if_known(&account).await;
        let contacts = self.contacts_seen_by(&account, roster.as_deref().map(Vec::as_slice));
        // Nothing is awaited from here on, so that both sides of the comparison are of one moment.
        let seen = session.take_seen();
        let (visible, to_ask) = self.presences_of(&contacts, &session.jid);
        for (jid, presence) in &visible {
            if seen.get(jid) != Some(presence) && !self.keeps_out(session, presence) {
                session.push_gently(presence).await;
            }
        }
        for entry in to_ask.iter().filter(|entry| !seen.contains_key(&entry.record.jid)) {
            self.ask_to_show(entry, &session.jid).await;
        }
        let is_gone = |jid: &&FullJid| {
            // Directed presence comes from sessions that are not on the roster, and they are not gone; who is in a room
            // is not of this domain.
            self.is_ours(&jid.to_bare())
                && !visible.contains_key(*jid)
                && self.cluster.sessions().get(jid).is_none()
        };
        for jid in seen.keys().filter(is_gone) {
            let unavailable = Element::bare("presence", ns::JABBER_CLIENT)
                .with_attr("type", "unavailable")
                .with_attr("from", jid.to_string());
            session.push_gently(&stanza_bytes(&unavailable)).await;
        }
    }
}
