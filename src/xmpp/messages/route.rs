//! Messages between users. The decision is `cobnut_xmpp_proto::routing`; this file carries it out.

use cobnut_mesh::SessionEntry;
use cobnut_xmpp_proto::routing::{Route, SessionView, route_to_account, route_to_lost_session};
use cobnut_xmpp_proto::stanza::{Condition, Destination, ElementExt, MessageFacts, destination};
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::{BareJid, FullJid};
use minidom::Element;
use xmpp_parsers::ns;

use crate::service::{Service, now};
use crate::xep::xep_0203_delay;

/// How often a message looks for another session when the chosen one is gone at that moment.
const ATTEMPTS_MAX: usize = 8;
/// A session that is already the account's most recent one says so again only after this time, in milliseconds.
const ACTIVITY_STEP_MS: u64 = 60_000;

/// Whom a message is for.
#[derive(Debug, Clone, Copy)]
enum Recipient {
    /// A bare JID.
    Account,
    /// A full JID that has no session; `was_accepted` says whether it had one when the message came.
    LostSession {
        /// See there.
        was_accepted: bool,
    },
}

impl Service {
    /// Handles a message from a session of this node; `from` is stamped.
    pub(crate) async fn handle_message(&self, from: &FullJid, mut message: Element) {
        self.note_activity(from);
        xep_0203_delay::remove_forged(&mut message, self.domain_str());
        if message.attr("to").is_none() {
            // RFC 6120 §10.3.1: a message without `to` is for the own account.
            message.put_attr("to", from.to_bare().to_string());
        }
        let to = message.attr("to").unwrap_or_default();
        match destination(to, self.domain_str()) {
            Ok(Destination::Account(account)) => {
                let sent = self.keep_in_archives(from, &account, &mut message);
                self.send_copies(from, &account, sent.as_deref().unwrap_or(&message)).await;
                self.route_to(&account, message, Recipient::Account).await;
            }
            Ok(Destination::Session(session)) => {
                let sent = self.keep_in_archives(from, &session.to_bare(), &mut message);
                self.send_copies(from, &session.to_bare(), sent.as_deref().unwrap_or(&message)).await;
                self.route_to_session(&session, message).await;
            }
            Ok(Destination::Server | Destination::ServerResource) => {
                Box::pin(self.bounce_message(&message, Condition::ServiceUnavailable)).await;
            }
            Ok(Destination::Foreign(to)) if self.is_of_rooms(&to).await => {
                Box::pin(self.message_to_room(&to, &message)).await;
            }
            Ok(Destination::Foreign(_)) => {
                Box::pin(self.bounce_message(&message, Condition::RemoteServerNotFound)).await;
            }
            Err(_) => {
                message.put_attr("to", self.domain_str());
                Box::pin(self.bounce_message(&message, Condition::JidMalformed)).await;
            }
        }
    }

    /// Routes a message again whose session was lost on the way.
    pub(crate) async fn reroute_message(&self, lost: &FullJid, message: Element) {
        let is_copy = message.has_child("received", ns::CARBONS) || message.has_child("sent", ns::CARBONS);
        if is_copy {
            return;
        }
        let recipient = Recipient::LostSession { was_accepted: true };
        self.route_to(&lost.to_bare(), message, recipient).await;
    }

    async fn route_to_session(&self, session: &FullJid, message: Element) {
        let facts = MessageFacts::of(&message);
        let account = session.to_bare();
        if let Some(entry) = self.cluster.sessions().get(session)
            && self.deliver(&entry, &stanza_bytes(&message)).await
        {
            if facts.is_copied {
                self.receive_copies(&account, std::slice::from_ref(session), &message).await;
            }
            return;
        }
        let recipient = Recipient::LostSession { was_accepted: false };
        self.route_to(&account, message, recipient).await;
    }

    /// A message for an account that comes from the server itself, a room for example.
    pub(crate) async fn route_to_account(&self, account: &BareJid, message: Element) {
        self.route_to(account, message, Recipient::Account).await;
    }

    /// Finds a place for a message to an account.
    async fn route_to(&self, account: &BareJid, message: Element, recipient: Recipient) {
        let facts = MessageFacts::of(&message);
        let bytes = stanza_bytes(&message);
        let strategy = self.policy.routing;
        let mut gone: Vec<FullJid> = Vec::new();
        for _ in 0..ATTEMPTS_MAX {
            let sessions = self.candidates(account, &gone);
            let views: Vec<SessionView> = sessions.iter().map(view_of).collect();
            let route = match recipient {
                Recipient::Account => route_to_account(facts, &views, strategy),
                Recipient::LostSession { was_accepted } => {
                    route_to_lost_session(facts, was_accepted, &views, strategy)
                }
            };
            let chosen = match route {
                Route::Deliver(chosen) => chosen,
                // Boxed: rare, and several times as large as the rest.
                Route::Store => return Box::pin(self.keep_for_later(account, &message)).await,
                Route::Bounce(condition) => return Box::pin(self.bounce_message(&message, condition)).await,
                Route::Drop => return,
            };
            let mut taken = Vec::new();
            for entry in chosen.into_iter().filter_map(|index| sessions.get(index)) {
                if self.deliver(entry, &bytes).await {
                    taken.push(entry.record.jid.clone());
                } else {
                    gone.push(entry.record.jid.clone());
                }
            }
            if !taken.is_empty() {
                // Who lost the session that had it got a copy when it was sent.
                if facts.is_copied && !matches!(recipient, Recipient::LostSession { was_accepted: true }) {
                    self.receive_copies(account, &taken, &message).await;
                }
                return;
            }
        }
        Box::pin(self.bounce_message(&message, Condition::ServiceUnavailable)).await;
    }

    fn candidates(&self, account: &BareJid, gone: &[FullJid]) -> Vec<SessionEntry> {
        self.cluster.sessions().of_where(account, |record| !gone.contains(&record.jid))
    }

    /// Tells the sender, if this kind of message calls for it.
    pub(crate) async fn bounce_message(&self, message: &Element, condition: Condition) {
        if MessageFacts::of(message).may_bounce() {
            self.bounce(message, condition).await;
        }
    }

    /// Keeps the record's activity fresh enough to choose between resources, without a change for every message.
    pub(crate) fn note_activity(&self, session: &FullJid) {
        let (mut mine, mut latest_other) = (None, None);
        self.cluster.sessions().look_at_account(session, |record| {
            let known = if record.jid == *session { &mut mine } else { &mut latest_other };
            *known = (*known).max(Some(record.active_at));
        });
        let Some(mine) = mine else { return };
        let now = now();
        let is_behind = latest_other.is_some_and(|latest| latest >= mine);
        if is_behind || now.0 >= mine.0 + ACTIVITY_STEP_MS {
            self.cluster.update(session, |record| record.active_at = now);
        }
    }
}

fn view_of(entry: &SessionEntry) -> SessionView {
    SessionView {
        priority: entry.record.presence.as_ref().map(|presence| presence.priority),
        show: entry.record.presence.as_ref().map(|presence| presence.show).unwrap_or_default(),
        active_at: entry.record.active_at.0,
    }
}
