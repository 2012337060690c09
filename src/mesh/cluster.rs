//! The handle on the cluster.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use cobnut_model::{MemberInfo, NodeId, SessionRecord, UnixMillis};
use jid::FullJid;
use tokio::sync::mpsc;

use crate::event_queue::EventQueue;
use crate::events::{AloneNotice, ClusterEvent, EnableError, Envelope, Refusal, SendError};
use crate::sessions::{OWN_TAG, Owner, Sessions};
use crate::settings::{MeshSettings, NodeIdentity, SharedSecret};
use crate::state_file;

/// The handle on the cluster; cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    inner: Arc<Inner>,
}

struct Inner {
    identity: NodeIdentity,
    settings: MeshSettings,
    state_file: PathBuf,
    sessions: Sessions,
    queue: EventQueue<()>,
    started: UnixMillis,
    engine: Mutex<Engine>,
}

struct Engine {
    enabled: bool,
}

impl Inner {
    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn owner(&self) -> Owner {
        Owner { node: self.identity.node_id, tag: OWN_TAG }
    }
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[expect(clippy::unused_async, reason = "the network side follows")]
impl Cluster {
    /// A cluster of one. `state_file` keeps the operator's Enabled/Disabled choice across restarts.
    /// Events arrive on the returned channel; whoever holds it must keep reading.
    pub fn new(
        identity: NodeIdentity,
        settings: MeshSettings,
        _secret: SharedSecret,
        state_file: PathBuf,
        tasks: cobnut_net::Tasks,
        _metrics: &cobnut_net::Metrics,
    ) -> (Self, mpsc::Receiver<ClusterEvent>) {
        let (events, receiver) = mpsc::channel(64);
        let inner = Arc::new(Inner {
            identity,
            settings,
            state_file,
            sessions: Sessions::default(),
            queue: EventQueue::default(),
            started: now(),
            engine: Mutex::new(Engine { enabled: false }),
        });
        let pump = Arc::clone(&inner);
        let token = tasks.token().clone();
        tasks.spawn("mesh events", async move {
            loop {
                let next = tokio::select! {
                    () = token.cancelled() => return,
                    next = pump.queue.next() => next,
                };
                if events.send(next.event).await.is_err() {
                    return;
                }
            }
        });
        (Self { inner }, receiver)
    }
    /// The choice an operator saved in `state_file`, if any.
    pub fn saved_choice(state_file: &Path) -> Option<bool> {
        state_file::load(state_file)
    }
    /// Starts clustering: binds the port, dials the candidates, keeps dialling. Does not wait for peers. Does not save the choice.
    pub async fn enable(&self) -> Result<(), EnableError> {
        self.inner.engine().enabled = true;
        Ok(())
    }
    /// Leaves the cluster gracefully and closes the port. Does not save the choice.
    pub async fn disable(&self) {
        self.inner.engine().enabled = false;
    }
    /// [`Self::enable`] or [`Self::disable`], and saves the choice. What the console calls.
    pub async fn choose(&self, enabled: bool) -> Result<(), EnableError> {
        if enabled {
            self.enable().await?;
        } else {
            self.disable().await;
        }
        state_file::save(&self.inner.state_file, enabled)
            .map_err(|source| EnableError::Save { path: self.inner.state_file.clone(), source })
    }
    /// Whether clustering is on.
    pub fn is_enabled(&self) -> bool {
        self.inner.engine().enabled
    }
    /// This node.
    pub fn identity(&self) -> &NodeIdentity {
        &self.inner.identity
    }
    /// The settings in force.
    pub fn settings(&self) -> &MeshSettings {
        &self.inner.settings
    }
    /// Where the mesh port is bound, while clustering is on.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        None
    }
    /// All members, this node included, oldest first.
    pub fn members(&self) -> Vec<MemberInfo> {
        vec![MemberInfo {
            id: self.inner.identity.node_id,
            name: self.inner.identity.name.clone(),
            address: SocketAddr::new(self.inner.settings.bind_ip, self.inner.settings.port),
            joined_at: self.inner.started,
            is_oldest: true,
            is_self: true,
            sessions: self.inner.sessions.count_of(self.inner.identity.node_id),
            memory_bytes: 0,
            version: self.inner.identity.version.clone(),
        }]
    }
    /// Whether this node of all members has to act for `key` (rendezvous hash): all members agree once their views do.
    pub fn is_responsible(&self, _key: &str) -> bool {
        true
    }
    /// Set while this node expected peers and has none for 5 s.
    pub fn alone(&self) -> Option<AloneNotice> {
        None
    }
    /// The latest refused hellos, newest first, a bounded list.
    pub fn refusals(&self) -> Vec<Refusal> {
        Vec::new()
    }
    /// The session maps.
    pub fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }
    /// Puts or replaces a session of this node. Visible here at once, at the others soon.
    pub fn publish(&self, record: SessionRecord) {
        let _engine = self.inner.engine();
        self.inner.sessions.put(self.inner.owner(), 0, Arc::new(record));
    }
    /// Changes a session of this node in place. Returns whether it was there.
    /// The full JID and the time of binding stay as they are, whatever `change` does.
    pub fn update(&self, jid: &FullJid, change: impl FnOnce(&mut SessionRecord)) -> bool {
        let _engine = self.inner.engine();
        let Some(held) = self.inner.sessions.claim_of(self.inner.owner(), jid) else {
            return false;
        };
        let mut record = SessionRecord::clone(&held);
        change(&mut record);
        record.jid.clone_from(&held.jid);
        record.bound_at = held.bound_at;
        self.inner.sessions.put(self.inner.owner(), 0, Arc::new(record));
        true
    }
    /// Removes a session of this node. Returns its last record.
    pub fn withdraw(&self, jid: &FullJid) -> Option<Arc<SessionRecord>> {
        let _engine = self.inner.engine();
        self.inner.sessions.remove(self.inner.owner(), jid)
    }
    /// Sends to another member; waits while its queue is full. Confirmed by the member once its xmpp layer took the event,
    /// otherwise it comes back as [`ClusterEvent::Undelivered`]. Must not be called for this node.
    pub async fn send(&self, _to: NodeId, _envelope: Envelope) -> Result<(), SendError> {
        Err(SendError::NoSuchMember)
    }
}
