//! Where a presence stanza from a client goes.

use std::sync::Arc;

use cobnut_model::limits;
use cobnut_xmpp_proto::stanza::{Condition, Destination, ElementExt as _, PresenceKind, destination};
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::{FullJid, Jid};
use minidom::Element;

use crate::service::{LocalSession, Service};

impl Service {
    /// Handles a presence from a session of this node; `from` is stamped.
    pub(crate) async fn handle_presence(&self, session: &Arc<LocalSession>, presence: Element) {
        let kind = match PresenceKind::of(&presence) {
            Ok(kind) => kind,
            Err(condition) => return self.refuse_presence(presence, condition).await,
        };
        if stanza_bytes(&presence).len() > limits::PRESENCE_BYTES_MAX {
            return self.refuse_presence(presence, Condition::PolicyViolation).await;
        }
        let Some(to) = presence.attr("to") else {
            return match kind {
                PresenceKind::Available => self.become_available(session, presence).await,
                PresenceKind::Unavailable => self.become_unavailable(session, presence).await,
                PresenceKind::Subscription(_) | PresenceKind::Probe => {
                    self.refuse_presence(presence, Condition::BadRequest).await;
                }
                PresenceKind::Error => {}
            };
        };
        let (account, jid): (_, Jid) = match destination(to, self.domain_str()) {
            Ok(Destination::Account(account)) => (account.clone(), account.into()),
            Ok(Destination::Session(full)) => (full.to_bare(), full.into()),
            Ok(Destination::Server | Destination::ServerResource) => return,
            Ok(Destination::Foreign(jid)) => {
                let is_plain =
                    matches!(kind, PresenceKind::Available | PresenceKind::Unavailable | PresenceKind::Error);
                if is_plain && self.is_of_rooms(&jid).await {
                    return self.presence_to_room(session, presence, &jid).await;
                }
                return self.presence_to_foreign(session, presence, kind, jid).await;
            }
            Err(_) => return self.refuse_presence(presence, Condition::JidMalformed).await,
        };
        match kind {
            PresenceKind::Available => self.direct_presence(session, presence, jid, true).await,
            PresenceKind::Unavailable => self.direct_presence(session, presence, jid, false).await,
            PresenceKind::Subscription(stanza) => {
                self.handle_subscription(&session.jid, presence, &account, stanza).await;
            }
            PresenceKind::Probe => self.answer_probe(&session.jid, &account).await,
            PresenceKind::Error => self.pass_presence_on(&jid, &presence).await,
        }
    }

    /// Other domains cannot be reached: nothing is sent there, and who waits for an answer gets one.
    async fn presence_to_foreign(
        &self,
        session: &Arc<LocalSession>,
        presence: Element,
        kind: PresenceKind,
        jid: Jid,
    ) {
        use cobnut_xmpp_proto::roster::SubscriptionStanza::Subscribe;
        match kind {
            PresenceKind::Subscription(stanza) if stanza != Subscribe => {
                // An old contact at another domain can still be let go.
                self.handle_subscription(&session.jid, presence, &jid.into_bare(), stanza).await;
            }
            PresenceKind::Available | PresenceKind::Subscription(_) | PresenceKind::Probe => {
                self.refuse_presence(presence, Condition::RemoteServerNotFound).await;
            }
            PresenceKind::Unavailable | PresenceKind::Error => {}
        }
    }

    /// Answers with an error that comes from an address that exists.
    async fn refuse_presence(&self, mut presence: Element, condition: Condition) {
        let is_malformed = presence.attr("to").is_none_or(|to| Jid::new(to).is_err());
        if is_malformed {
            presence.put_attr("to", self.domain_str());
        }
        if presence.attr("type") != Some("error") {
            self.bounce(&presence, condition).await;
        }
    }

    /// Delivers a presence to the sessions that an address names: the session of a full JID, available or not, or the
    /// available sessions of an account.
    pub(crate) async fn pass_presence_on(&self, to: &Jid, presence: &Element) {
        let bytes = stanza_bytes(presence);
        let mut recipients = crate::service::Recipients::new();
        match FullJid::try_from(to.clone()) {
            Ok(full) => recipients.add(self.cluster.sessions().get(&full)),
            Err(_) => recipients.add(self.available_sessions(&to.to_bare())),
        }
        self.fan_out(recipients, &bytes).await;
    }
}
