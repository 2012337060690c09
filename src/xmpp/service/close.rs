//! The end of sessions: closed by the client, kicked, replaced, too slow, or lost with their member.

use std::sync::Arc;

use bytes::Bytes;
use cobnut_mesh::Envelope;
use cobnut_model::SessionRecord;
use jid::{BareJid, FullJid};
use tracing::{debug, info};

use super::core::Service;
use super::local::LocalSession;
use super::rework::Rework;
use super::seam::{Outbox, StreamError};

/// A session that is over, and whose end is to be announced.
struct Ended {
    session: Arc<LocalSession>,
    /// Its last record; `None` when a login at another member took its place and announces the end.
    record: Option<Arc<SessionRecord>>,
}

impl Service {
    /// The connection of a bound session ended. Must be called exactly once; `outbox` tells a session from a later
    /// one with the same full JID. Stanzas that were queued and never written come back in `unwritten`.
    pub(crate) async fn closed(&self, session: &FullJid, outbox: &Outbox, unwritten: Vec<Bytes>) {
        if let Some(ended) = self.end(session, |held| held.outbox.same_channel(outbox)) {
            self.announce(&ended).await;
            debug!(jid = %session, "session closed");
        }
        for stanza in unwritten {
            self.rework(Rework::Lost { recipient: session.clone(), stanza }).await;
        }
        self.drain.session_over();
    }

    /// Ends one session, wherever in the cluster it is. Returns whether it was there.
    pub(crate) async fn kick(&self, jid: &FullJid, text: &str) -> bool {
        self.end_anywhere(jid, "policy-violation", text).await
    }

    /// Ends all sessions of an account in the cluster with `not-authorized`.
    pub(crate) async fn end_sessions_of(&self, account: &BareJid, text: &str) {
        for entry in self.cluster.sessions().of(account) {
            self.end_anywhere(&entry.record.jid, "not-authorized", text).await;
        }
    }

    async fn end_anywhere(&self, jid: &FullJid, condition: &'static str, text: &str) -> bool {
        let Some(entry) = self.cluster.sessions().get(jid) else { return false };
        info!(jid = %jid.to_bare(), member = %entry.member, condition, "session ended by the server");
        if entry.member == self.node() {
            return self.end_local(jid, StreamError { condition, text: text.to_owned() }).await;
        }
        let close =
            Envelope::Close { jid: jid.clone(), condition: condition.to_owned(), text: text.to_owned() };
        self.cluster.send(entry.member, close).await.is_ok()
    }

    /// Ends a session of this node: from here on it does not exist, and its connection is told why.
    pub(crate) async fn end_local(&self, jid: &FullJid, error: StreamError) -> bool {
        let Some(ended) = self.end(jid, |_| true) else { return false };
        self.push_close(&ended.session, error);
        self.announce(&ended).await;
        true
    }

    /// Another member's claim took the full JID: the winner announces the end of our session.
    /// This is told late: a session that began here meanwhile has a claim of its own, and the loser was closed then.
    pub(super) fn supersede(&self, jid: &FullJid) {
        if let Some((session, ())) = self.local.end(jid, |_| !self.cluster.has_claimed(jid), || ()) {
            info!(jid = %jid.to_bare(), "session replaced by a login at another member");
            self.push_close(&session, super::bind::conflict());
            self.forget_roster_of(&jid.to_bare());
        }
    }

    /// Disconnects a client whose queue is full.
    pub(super) fn drop_slow_client(&self, session: &Arc<LocalSession>) {
        let is_it = |held: &LocalSession| held.outbox.same_channel(&session.outbox);
        let Some(ended) = self.end(&session.jid, is_it) else { return };
        self.metrics.slow_clients.inc();
        info!(jid = %session.jid.to_bare(), "client reads too slowly, disconnected");
        let text = "Too many stanzas are waiting for this client".to_owned();
        self.push_close(session, StreamError { condition: "resource-constraint", text });
        let Some(service) = self.handle_for_task() else { return };
        self.tasks.spawn("announce slow client", async move { service.announce(&ended).await });
    }

    /// Takes the session of a full JID out of this node and out of the maps, if it is `wanted`.
    fn end(&self, jid: &FullJid, wanted: impl FnOnce(&LocalSession) -> bool) -> Option<Ended> {
        let withdraw = || {
            let is_superseded =
                self.cluster.sessions().get(jid).is_some_and(|entry| entry.member != self.node());
            self.cluster.withdraw(jid).filter(|_| !is_superseded)
        };
        let (session, record) = self.local.end(jid, wanted, withdraw)?;
        Some(Ended { session, record })
    }

    /// Tells everybody who saw the session that it is over.
    async fn announce(&self, ended: &Ended) {
        if let Some(record) = &ended.record {
            self.broadcast_end(record, Some(&ended.session), None).await;
            self.remember_end(record).await;
        }
        self.forget_roster_of(&ended.session.jid.to_bare());
    }

    /// Forgets what is remembered for the account's sessions on this node, if there are none left.
    fn forget_roster_of(&self, account: &BareJid) {
        if !self.cluster.sessions().of(account).iter().any(|entry| entry.member == self.node()) {
            self.rosters.forget(account);
            self.lists.forget(account);
        }
    }

    /// Sends the unavailable presence that a lost session owes, and remembers when the account was last online.
    pub(crate) async fn announce_end(&self, record: &SessionRecord) {
        self.broadcast_end(record, None, None).await;
        self.remember_end(record).await;
    }

    /// Tells this member's users that a session was lost with its member; if it is over, one of the members remembers
    /// when.
    pub(crate) async fn announce_end_here(&self, record: &SessionRecord, is_over: bool) {
        self.broadcast_end(record, None, Some(self.node())).await;
        if is_over && self.cluster.is_responsible(record.jid.as_str()) {
            self.remember_end(record).await;
        }
    }

    async fn remember_end(&self, record: &SessionRecord) {
        // A session that said goodbye was remembered then, with what it said.
        if record.presence.is_some() && !record.is_anonymous {
            self.remember_last_presence(&record.jid.to_bare(), None).await;
        }
    }
}
