//! Available and unavailable presence without `to` (RFC 6121 §4.2, §4.4, §4.5).

use std::sync::Arc;

use cobnut_model::PresenceState;
use cobnut_store::LastPresence;
use cobnut_xmpp_proto::presence::{PresenceChange, effects_of};
use cobnut_xmpp_proto::stanza::{Availability, ElementExt as _};
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::BareJid;
use minidom::Element;
use tracing::warn;

use crate::service::{LocalSession, Recipients, Service, now};

impl Service {
    pub(super) async fn become_available(&self, session: &Arc<LocalSession>, presence: Element) {
        let availability = match Availability::of(&presence) {
            Ok(availability) => availability,
            Err(condition) => {
                let addressed = presence.with_attr("to", self.domain_str());
                return self.bounce(&addressed, condition).await;
            }
        };
        // Boxed: most clients say it themselves.
        let presence = Box::pin(self.with_avatar(session, presence)).await;
        let bytes = stanza_bytes(&presence);
        let (priority, status) = (availability.priority, availability.status.as_deref());
        let state = PresenceState::new(priority, availability.show, status, &bytes);
        let mut before = None;
        let is_current = self.cluster.update(&session.jid, |record| {
            before = record.presence.as_ref().map(|presence| presence.priority);
            record.presence = Some(state);
            record.active_at = now();
        });
        if !is_current {
            return;
        }
        let effects = effects_of(PresenceChange { before, after: Some(availability.priority) });
        let account = session.jid.to_bare();
        let roster = self.roster_if_known(&account).await;
        let roster = roster.as_deref().map(Vec::as_slice);
        let mut recipients = self.observers(&account, roster);
        // RFC 6121 §4.2.2, §4.4.2: the own resources too, the sending one included.
        recipients.add(self.available_sessions(&account));
        self.withhold_presence(session, &mut recipients);
        self.fan_out(recipients, &bytes).await;
        if effects.is_informed {
            self.settle_later(session);
            self.inform(session, roster).await;
            self.tell_motd(&session.jid).await;
        }
        if effects.gets_offline_messages {
            self.hand_over_offline(session).await;
        }
        // Boxed: most presences say nothing new about capabilities.
        Box::pin(self.note_caps(session, &presence)).await;
    }

    pub(super) async fn become_unavailable(&self, session: &Arc<LocalSession>, presence: Element) {
        let mut last = None;
        self.cluster.update(&session.jid, |record| {
            last = Some(record.clone());
            record.presence = None;
            record.directed_to.clear();
            record.active_at = now();
        });
        session.interest.forget();
        let Some(last) = last else { return };
        let effects = effects_of(PresenceChange {
            before: last.presence.as_ref().map(|presence| presence.priority),
            after: None,
        });
        let mut recipients = Recipients::new();
        if effects.is_broadcast {
            recipients = self.audience(&session.jid.to_bare()).await;
            // RFC 6121 §4.5.2: the session itself is told as well.
            recipients.add(self.cluster.sessions().get(&session.jid));
        }
        if effects.ends_directed {
            self.add_directed(&mut recipients, &last.directed_to);
            self.leave_rooms(&session.jid, &last.directed_to, Some(&presence)).await;
        }
        self.withhold_presence(session, &mut recipients);
        self.fan_out(recipients, &stanza_bytes(&presence)).await;
        let account = session.jid.to_bare();
        if effects.is_broadcast && !self.is_anonymous(&account) {
            self.remember_last_presence(&account, Some(&presence)).await;
        }
    }

    /// Remembers when and how an account went offline, if it did.
    pub(crate) async fn remember_last_presence(&self, account: &BareJid, presence: Option<&Element>) {
        if !self.available_sessions(account).is_empty() {
            return;
        }
        let stanza = presence
            .filter(|presence| presence.nodes().next().is_some())
            .map(|presence| String::from_utf8_lossy(&stanza_bytes(presence)).into_owned());
        let last = LastPresence { offline_at: now(), stanza };
        if let Err(err) = self.store.set_last_presence(Self::username(account), Some(&last)).await {
            warn!(%err, jid = %account, "last presence not remembered");
        }
    }
}
