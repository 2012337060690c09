//! The sessions whose connections this node holds.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cobnut_xmpp_proto::stanza::{has_to, start_tag_attr, with_to};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use jid::FullJid;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::Instant;

use super::seam::{Outbound, Outbox};
use crate::privacy::SessionPrivacy;
use crate::pubsub::SessionInterest;

/// A bound session of this node.
#[derive(Debug)]
pub(crate) struct LocalSession {
    /// Its full JID.
    pub(crate) jid: FullJid,
    /// The queue towards the client. Full: the client is disconnected.
    pub(crate) outbox: Outbox,
    /// Which privacy list counts for it.
    pub(crate) privacy: SessionPrivacy,
    /// Whether it keeps its roster with a version (RFC 6121 §2.6).
    pub(crate) keeps_roster: AtomicBool,
    /// Whether it picks what was stored for it (XEP-0013).
    pub(crate) picks_offline: AtomicBool,
    /// Whether it says itself what the photo in the vCard is.
    pub(crate) says_photo: AtomicBool,
    /// Which events of publish-subscribe it wants.
    pub(crate) interest: SessionInterest,
    /// While the session settles after its initial presence.
    settling: Mutex<Option<Settling>>,
}

/// The time between an initial presence and the second look.
#[derive(Debug)]
struct Settling {
    /// When the second look is due.
    due: Instant,
    /// Whose presence the session was sent.
    seen: HashMap<FullJid, Bytes>,
}

/// Why a session took no stanza.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The client reads too slowly.
    Full,
    /// The connection is gone.
    Closed,
}

impl LocalSession {
    /// A session with nothing sent yet.
    pub(crate) fn new(jid: FullJid, outbox: Outbox) -> Self {
        Self {
            jid,
            outbox,
            privacy: SessionPrivacy::default(),
            interest: SessionInterest::default(),
            keeps_roster: AtomicBool::new(false),
            picks_offline: AtomicBool::new(false),
            says_photo: AtomicBool::new(false),
            settling: Mutex::new(None),
        }
    }

    /// Queues one stanza; one without `to` is addressed to the session.
    pub(crate) fn push(&self, stanza: &Bytes) -> Result<(), Refused> {
        let stanza = if has_to(stanza) {
            stanza.clone()
        } else {
            // Directed presence has an address of its own and says nothing about what the roster lets the session see.
            self.note(stanza);
            with_to(stanza, self.jid.as_str())
        };
        self.outbox.try_send(Outbound::Stanza(stanza)).map_err(|err| match err {
            TrySendError::Full(_) => Refused::Full,
            TrySendError::Closed(_) => Refused::Closed,
        })
    }

    /// Queues one of many stanzas, leaving half of the queue to others: waits while it is fuller than that.
    /// For the session's own connection, which keeps writing meanwhile, and for tasks of their own.
    pub(crate) async fn push_gently(&self, stanza: &Bytes) {
        let half = self.outbox.max_capacity() / 2;
        if self.outbox.capacity() < half && self.outbox.reserve_many(half).await.is_err() {
            return;
        }
        // If the queue fills up in this very moment, others find it full as well and disconnect the client.
        let _refused = self.push(stanza);
    }

    /// Starts to remember whose presence is sent to the session, until a second look at `due`. Returns whether somebody
    /// has to be asked to take it: a client that comes and goes gets one look, after the last time it came.
    pub(crate) fn start_settling(&self, due: Instant) -> bool {
        let settling = Settling { due, seen: HashMap::new() };
        self.settling().replace(settling).is_none()
    }

    /// When the second look is due, if it is still wanted.
    pub(crate) fn settles_at(&self) -> Option<Instant> {
        self.settling().as_ref().map(|settling| settling.due)
    }

    /// Ends remembering: who is available as far as the session was told, with the stanza that said so without `to`.
    pub(crate) fn take_seen(&self) -> HashMap<FullJid, Bytes> {
        self.settling().take().map(|settling| settling.seen).unwrap_or_default()
    }

    fn settling(&self) -> MutexGuard<'_, Option<Settling>> {
        self.settling.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, stanza: &Bytes) {
        if !stanza.starts_with(b"<presence") {
            return;
        }
        let mut settling = self.settling();
        let Some(Settling { seen, .. }) = settling.as_mut() else { return };
        let Some(from) = start_tag_attr(stanza, "from").and_then(|from| FullJid::new(&from).ok()) else {
            return;
        };
        match start_tag_attr(stanza, "type").as_deref() {
            None => {
                seen.insert(from, stanza.clone());
            }
            Some("unavailable") => {
                seen.remove(&from);
            }
            Some(_) => {}
        }
    }
}

/// The registry of local sessions.
///
/// Invariant: a session is put and its full JID is claimed in the cluster's maps in one step, and both end in one step.
/// Otherwise the late end of one session would take the claim of the next, and one of them would be left over for ever.
#[derive(Debug, Default)]
pub(crate) struct LocalSessions {
    sessions: DashMap<FullJid, Arc<LocalSession>>,
}

impl LocalSessions {
    /// Puts a session and carries out `claim`, as one step for whoever ends sessions of the same full JID. Returns the
    /// session that it replaces, and what `claim` made. `claim` must not look into the registry.
    pub(crate) fn begin<T>(
        &self,
        session: Arc<LocalSession>,
        claim: impl FnOnce() -> T,
    ) -> (Option<Arc<LocalSession>>, T) {
        match self.sessions.entry(session.jid.clone()) {
            Entry::Occupied(mut held) => (Some(held.insert(session)), claim()),
            Entry::Vacant(slot) => {
                let _held_until_claimed = slot.insert(session);
                (None, claim())
            }
        }
    }

    /// The session of a full JID.
    pub(crate) fn get(&self, jid: &FullJid) -> Option<Arc<LocalSession>> {
        self.sessions.get(jid).map(|session| Arc::clone(&session))
    }

    /// Removes the session of a full JID if it is `wanted`, and carries out `withdraw`, as one step for whoever begins a
    /// session of the same full JID. Neither may look into the registry.
    pub(crate) fn end<T>(
        &self,
        jid: &FullJid,
        wanted: impl FnOnce(&LocalSession) -> bool,
        withdraw: impl FnOnce() -> T,
    ) -> Option<(Arc<LocalSession>, T)> {
        match self.sessions.entry(jid.clone()) {
            Entry::Occupied(held) if wanted(held.get()) => {
                let withdrawn = withdraw();
                Some((held.remove(), withdrawn))
            }
            _ => None,
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.sessions.len()
    }

    /// The full JIDs of all of them.
    pub(crate) fn jids(&self) -> Vec<FullJid> {
        self.sessions.iter().map(|session| session.key().clone()).collect()
    }
}
