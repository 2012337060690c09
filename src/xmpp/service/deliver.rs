//! Bringing stanzas to sessions, wherever they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use cobnut_mesh::{Envelope, SessionEntry};
use cobnut_model::NodeId;
use cobnut_xmpp_proto::stanza::{Condition, error_reply};
use cobnut_xmpp_proto::xml::stanza_bytes;
use jid::FullJid;
use minidom::Element;
use tracing::debug;

use super::core::Service;
use super::local::{LocalSession, Refused};

/// The sessions of one fan-out, each once, in a stable order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Recipients(BTreeMap<FullJid, NodeId>);

impl Recipients {
    /// Nobody.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds sessions.
    pub(crate) fn add(&mut self, sessions: impl IntoIterator<Item = SessionEntry>) {
        self.0.extend(sessions.into_iter().map(|entry| (entry.record.jid.clone(), entry.member)));
    }

    /// Leaves one session out.
    pub(crate) fn remove(&mut self, jid: &FullJid) {
        self.0.remove(jid);
    }

    /// Keeps those for which `is_meant` holds.
    pub(crate) fn retain(&mut self, is_meant: impl Fn(&FullJid) -> bool) {
        self.0.retain(|jid, _| is_meant(jid));
    }

    /// Whether a session is among them.
    pub(crate) fn contains(&self, jid: &FullJid) -> bool {
        self.0.contains_key(jid)
    }

    /// The sessions of each member.
    pub(crate) fn by_member(self) -> BTreeMap<NodeId, Vec<FullJid>> {
        let mut by_member: BTreeMap<NodeId, Vec<FullJid>> = BTreeMap::new();
        for (jid, member) in self.0 {
            by_member.entry(member).or_default().push(jid);
        }
        by_member
    }

    /// Keeps the sessions of one member.
    pub(crate) fn retain_member(&mut self, member: NodeId) {
        self.0.retain(|_, holder| *holder == member);
    }
}

impl Service {
    /// Sends one stanza to many sessions, one copy to each other member. A stanza without `to` is addressed to each
    /// of them by the member that holds it. Sessions that are gone are left out.
    ///
    /// Nobody waits for a member whose queue is full but the caller: the sessions of this node and all other members
    /// get their copies first.
    pub(crate) async fn fan_out(&self, recipients: Recipients, stanza: &Bytes) {
        let mut by_member = recipients.by_member();
        for jid in by_member.remove(&self.node()).unwrap_or_default() {
            self.deliver_here(&jid, stanza);
        }
        let copies = by_member.into_iter().map(|(member, to)| async move {
            if let Err(err) = self.cluster.send(member, Envelope::Stanza { to, stanza: stanza.clone() }).await
            {
                debug!(%member, %err, "stanza not sent to member");
            }
        });
        // On the heap only where there are other members.
        futures::future::join_all(copies).await;
    }

    /// Sends a stanza to one session. Returns whether it was taken, by this node or by the queue to another one.
    pub(crate) async fn deliver(&self, entry: &SessionEntry, stanza: &Bytes) -> bool {
        let jid = &entry.record.jid;
        if entry.member == self.node() {
            return self.deliver_here(jid, stanza);
        }
        let envelope = Envelope::Stanza { to: vec![jid.clone()], stanza: stanza.clone() };
        self.cluster.send(entry.member, envelope).await.is_ok()
    }

    /// Sends one of many stanzas to a session, no faster than its client reads if it is a session of this node. For tasks
    /// of their own.
    pub(crate) async fn deliver_gently(&self, to: &FullJid, stanza: &Bytes) {
        if let Some(session) = self.local.get(to) {
            if !self.keeps_out(&session, stanza) {
                session.push_gently(stanza).await;
            }
        } else if let Some(entry) = self.cluster.sessions().get(to) {
            self.deliver(&entry, stanza).await;
        }
    }

    /// Queues a stanza for a session of this node, unless the session's privacy list keeps it out. Returns whether the
    /// session is there and has decided about it. A client whose queue is full is disconnected and counts as gone.
    pub(crate) fn deliver_here(&self, jid: &FullJid, stanza: &Bytes) -> bool {
        let Some(session) = self.local.get(jid) else { return false };
        self.keeps_out(&session, stanza) || self.push_to(&session, stanza)
    }

    /// The same for what the server itself says.
    pub(crate) fn deliver_unjudged(&self, jid: &FullJid, stanza: &Bytes) -> bool {
        self.local.get(jid).is_some_and(|session| self.push_to(&session, stanza))
    }

    fn push_to(&self, session: &Arc<LocalSession>, stanza: &Bytes) -> bool {
        match session.push(stanza) {
            Ok(()) => true,
            Err(Refused::Full) => {
                self.drop_slow_client(session);
                false
            }
            Err(Refused::Closed) => false,
        }
    }

    /// Sends an element to the session in its `to`, if that session is there.
    pub(crate) async fn send_to_session(&self, to: &FullJid, element: &Element) -> bool {
        match self.cluster.sessions().get(to) {
            Some(entry) => self.deliver(&entry, &stanza_bytes(element)).await,
            None => false,
        }
    }

    /// Answers a stanza with an error; errors and IQ results are never answered.
    pub(crate) async fn bounce(&self, stanza: &Element, condition: Condition) {
        let is_answer = stanza.attr("type") == Some("error")
            || (stanza.name() == "iq" && stanza.attr("type") == Some("result"));
        let sender = stanza.attr("from").and_then(|from| FullJid::new(from).ok());
        if let (false, Some(sender)) = (is_answer, sender) {
            self.send_to_session(&sender, &error_reply(stanza, condition)).await;
        }
    }
}
