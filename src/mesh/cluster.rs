//! The handle on the cluster.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use cobnut_mesh_proto::{MESSAGE_BYTES_MAX, Standing, cost, responsible};
use cobnut_model::{MemberInfo, NodeId, SessionRecord, UnixMillis};
use jid::FullJid;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tracing::warn;

use crate::engine::{Engine, Inner, unix_now};
use crate::event_queue::EventQueue;
use crate::events::{AloneNotice, ClusterEvent, EnableError, Envelope, Refusal, SendError};
use crate::guard::Guard;
use crate::homes::{Fence, Homes};
use crate::journal::{Journal, JournalEntry, JournalKind};
use crate::maps::{Map, MapNumber, Maps, NodeRecord, NodeRecords, Replicated};
use crate::metrics::MeshMetrics;
use crate::operation::Operation;
use crate::records::{Carried, SESSIONS_MAP, encode_carried, session_key};
use crate::requests::Requests;
use crate::seen::Seen;
use crate::sessions::{Sessions, own_entry};
use crate::settings::{Candidate, LoginObstacle, MeshSettings, NodeIdentity, Protection, SharedSecret};
use crate::state_file;

/// Events that the reader of the channel may be behind before members' windows fill up.
const EVENT_CHANNEL_LEN: usize = 256;

/// The handle on the cluster; cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cluster({})", self.inner.identity.node_id)
    }
}

impl Cluster {
    /// A cluster of one. `state_file` keeps the operator's Enabled/Disabled choice across restarts.
    /// Events arrive on the returned channel; whoever holds it must keep reading.
    ///
    /// Must be called inside a tokio runtime. When `tasks` shut down, the node leaves its cluster.
    pub fn new(
        identity: NodeIdentity,
        settings: MeshSettings,
        secret: SharedSecret,
        state_file: PathBuf,
        tasks: cobnut_net::Tasks,
        metrics: &cobnut_net::Metrics,
    ) -> (Self, mpsc::Receiver<ClusterEvent>) {
        let (events, receiver) = mpsc::channel(EVENT_CHANNEL_LEN);
        let view = RwLock::new(Arc::new(vec![identity.node_id.0]));
        let metrics = MeshMetrics::new(metrics);
        let inner = Arc::new(Inner {
            identity,
            guard: Guard::new(settings.protection.clone(), secret.secret),
            candidates: RwLock::new(settings.candidates.clone()),
            settings,
            database_id: secret.database_id,
            state_file,
            tasks,
            sessions: Sessions::default(),
            maps: Maps::default(),
            homes: Homes::default(),
            describing: Mutex::default(),
            queue: EventQueue::default(),
            journal: Journal::new(metrics.happenings.clone()),
            metrics,
            standing: RwLock::default(),
            is_on: AtomicBool::new(false),
            obstacle: OnceLock::new(),
            switch: tokio::sync::Mutex::default(),
            deadline_moved: Notify::new(),
            view,
            requests: Requests::default(),
            operation: Operation::default(),
            created: Instant::now(),
            created_at: unix_now(),
            engine: Mutex::new(Engine::default()),
        });
        inner.refresh_view(None);
        inner.describe_node(|_| {});
        let homes = Arc::clone(&inner).run_homes(inner.tasks.token().clone());
        inner.tasks.spawn("mesh homes", homes);
        let token = inner.tasks.token().clone();
        let pump = Arc::clone(&inner).run_events(events);
        inner.tasks.spawn("mesh events", async move {
            tokio::select! {
                () = pump => {}
                () = token.cancelled() => {}
            }
        });
        inner.tasks.spawn("mesh shutdown", Arc::clone(&inner).leave_at_shutdown());
        (Self { inner }, receiver)
    }

    /// Makes every later [`Self::enable`] fail with [`EnableError::Refused`], because the node would have to do something
    /// else than its configuration says. Only the first reason is kept.
    pub fn refuse_to_enable(&self, reason: String) {
        self.inner.obstacle.get_or_init(|| reason);
    }

    /// The shared secret was rotated: from now on members prove `current`, and whoever proves one of `previous` is believed,
    /// too. Links that were proven with any other are proven again, or end; nothing that was sent on them is lost.
    pub fn set_secrets(&self, current: [u8; 32], previous: Vec<[u8; 32]>) {
        self.inner.guard.set_secrets(current, previous);
        self.prove_again();
    }

    /// Protects new connections like this from now on, for example with key stores that were renewed. Links that exist
    /// stay.
    pub fn reload_protection(&self, protection: Protection) {
        self.inner.guard.protect(protection);
        self.prove_again();
    }

    fn prove_again(&self) {
        let number = self.inner.engine().run.as_ref().map(|run| run.number);
        let (current, previous) = self.inner.guard.proven();
        if let Some(number) = number {
            self.inner.with_node(number, |node, now| node.set_secrets(now, current, previous));
        }
    }

    /// Waits until this node or another did not believe a proof of the shared secret: perhaps it was rotated meanwhile.
    /// For one who waits.
    pub async fn secret_doubted(&self) {
        self.inner.guard.doubted().await;
    }

    /// Whether links between members are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.inner.guard.tls().is_some()
    }

    /// The choice an operator saved in `state_file`, if any.
    pub fn saved_choice(state_file: &Path) -> Option<bool> {
        state_file::load(state_file)
    }

    /// Starts clustering: binds the port, dials the candidates, keeps dialling. Does not wait for peers. Does not save
    /// the choice. Nothing happens when clustering is on already.
    ///
    /// # Errors
    /// [`EnableError::Bind`] when none of the ports can be bound, [`EnableError::Refused`] after
    /// [`Self::refuse_to_enable`].
    pub async fn enable(&self) -> Result<(), EnableError> {
        self.inner.enable().await
    }

    /// Leaves the cluster gracefully and closes the port. Does not save the choice.
    pub async fn disable(&self) {
        self.inner.disable().await;
    }

    /// [`Self::enable`] or [`Self::disable`], and saves the choice. What the console calls.
    ///
    /// # Errors
    /// As [`Self::enable`], then nothing is saved; [`EnableError::Save`] when the choice is in force but not kept.
    pub async fn choose(&self, enabled: bool) -> Result<(), EnableError> {
        if enabled {
            self.enable().await?;
        } else {
            self.disable().await;
        }
        state_file::save(&self.inner.state_file, enabled)
            .map_err(|source| EnableError::Save { path: self.inner.state_file.clone(), source })
    }

    #[cfg(test)]
    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    /// Whether clustering is on.
    pub fn is_enabled(&self) -> bool {
        self.inner.engine().run.is_some()
    }

    /// This node.
    pub fn identity(&self) -> &NodeIdentity {
        &self.inner.identity
    }

    /// The settings in force.
    pub fn settings(&self) -> &MeshSettings {
        &self.inner.settings
    }

    /// Replaces the entries of `<tcp-ip>`: new ones are dialled, removed ones not any more. Who is a member stays one.
    /// Counts for later times of being enabled, too.
    pub fn set_candidates(&self, candidates: Vec<Candidate>) {
        self.inner.set_candidates(candidates);
    }

    /// The entries of `<tcp-ip>` that count now.
    pub fn candidates(&self) -> Vec<Candidate> {
        self.inner.candidates.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where the mesh port is bound, while clustering is on.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.inner.engine().run.as_ref().map(|run| run.local)
    }

    /// All members, this node included, oldest first.
    pub fn members(&self) -> Vec<MemberInfo> {
        self.inner.members()
    }

    /// Whether this node of all members has to act for `key` (rendezvous hash): all members agree once their views do.
    pub fn is_responsible(&self, key: &str) -> bool {
        let view = Arc::clone(&self.inner.view.read().unwrap_or_else(PoisonError::into_inner));
        responsible(key.as_bytes(), view.iter()) == Some(self.inner.identity.node_id.0)
    }

    /// Set while this node expected peers and has none for 5 s.
    pub fn alone(&self) -> Option<AloneNotice> {
        self.inner.alone()
    }

    /// Which side of a split this node is on; the majority while clustering is off.
    pub fn standing(&self) -> Standing {
        *self.inner.standing.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why this node takes no logins now, if it takes none: it is a lite member, or it stands in the minority and the
    /// configuration says that the minority refuses logins. Cheap enough for every login.
    pub fn login_obstacle(&self) -> Option<LoginObstacle> {
        self.inner.login_obstacle()
    }

    /// What happened in the cluster as this node saw it, newest first: entries with a number above `since` of the last
    /// [`cobnut_model::limits::MESH_JOURNAL_ENTRIES_MAX`].
    pub fn journal(&self, since: u64) -> Vec<JournalEntry> {
        self.inner.journal.since(since)
    }

    /// Somebody else knows that a node listens at `address`: it is dialled until it answers, for some hours. Nothing is
    /// believed of it before its hello.
    pub fn discovered(&self, address: SocketAddr) {
        let number = self.inner.engine().run.as_ref().map(|run| run.number);
        if let Some(number) = number {
            self.inner.with_node(number, |node, now| node.handle_discovered(now, address));
        }
    }

    /// Notes that a node uses the same database and is not in this cluster.
    pub fn note_apart(&self, node: String, why: String) {
        self.inner.journal.note(JournalKind::Apart, None, node, why);
    }

    /// The latest refused hellos, newest first, a bounded list.
    pub fn refusals(&self) -> Vec<Refusal> {
        self.inner.engine().refusals.iter().map(|entry| entry.refusal.clone()).collect()
    }

    /// The session maps.
    pub fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }

    /// The member that is the home of `key`, for example of a room: the same on all members as soon as they see the same
    /// members. Lite members, those that drain and those that have just started are nobody's home. `None` for the moment
    /// in which there is no other.
    pub fn home_of(&self, key: &str) -> Option<NodeId> {
        self.inner.home_of(key)
    }

    /// Runs `job` on exactly one member: the home of `name`. Every member calls this at its start.
    ///
    /// The job's future is dropped when this node is not the one to act any more, and made again when it is. A job that is
    /// done returns; one that goes on loops. While the members are in touch no two run it at any moment, and there is
    /// always one but for the moment of a handover. During a split each side runs it, and a process that was stopped may
    /// not have noticed yet that it was replaced: what the job writes should carry the fence, see [`Fence`].
    pub fn singleton<F, Fut>(&self, name: &'static str, job: F)
    where
        F: Fn(Fence) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let token = self.inner.tasks.token().clone();
        let running = Arc::clone(&self.inner).run_singleton(name, job, token);
        self.inner.tasks.spawn("mesh singleton", running);
    }

    /// A replicated map by its type.
    ///
    /// # Panics
    /// When another type in this process has the same number: the numbers are a table in this crate.
    pub fn map<M: Replicated>(&self) -> Map<M> {
        Map::new(Arc::clone(&self.inner))
    }

    /// What each node of the cluster says about itself.
    pub fn nodes(&self) -> Map<NodeRecords> {
        self.map()
    }

    /// Changes what this node says about itself: its listeners, whether it is a lite member or drains. Version, start,
    /// sessions and load are kept by the mesh.
    pub fn describe_node(&self, change: impl FnOnce(&mut NodeRecord)) {
        self.inner.describe_node(change);
    }

    /// Puts or replaces a session of this node. Visible here at once, at the others soon.
    ///
    /// If another member holds the full JID, this claim is made later than that one, whatever the clocks say.
    ///
    /// The result can wait until the members that are in touch have it, too.
    pub fn publish(&self, mut record: SessionRecord) -> Seen {
        let mut engine = self.inner.engine();
        let held = self.inner.sessions.get(&record.jid);
        if let Some(held) = held.filter(|held| held.member != self.inner.identity.node_id) {
            record.bound_at = record.bound_at.max(UnixMillis(held.record.bound_at.0.saturating_add(1)));
        }
        self.store(&mut engine, record);
        engine
            .run
            .as_mut()
            .map_or_else(Seen::at_once, |run| run.waiting.wait_for(run.node.version(), run.node.held()))
    }

    /// Changes a session of this node in place. Returns whether it was there.
    /// The full JID and the time of binding stay as they are, whatever `change` does. `change` runs under a lock: it
    /// must not call the cluster.
    pub fn update(&self, jid: &FullJid, change: impl FnOnce(&mut SessionRecord)) -> bool {
        let mut engine = self.inner.engine();
        let Some(held) = self.inner.sessions.claim_of(self.inner.me(), jid) else {
            return false;
        };
        let mut record = SessionRecord::clone(&held);
        change(&mut record);
        record.jid.clone_from(&held.jid);
        record.bound_at = held.bound_at;
        if record != *held {
            self.store(&mut engine, record);
        }
        true
    }

    /// Whether a session of this node claims a full JID, and no other member's session has taken it.
    pub fn has_claimed(&self, jid: &FullJid) -> bool {
        self.inner.sessions.claim_of(self.inner.me(), jid).is_some()
    }

    /// Removes a session of this node. Returns its last record.
    pub fn withdraw(&self, jid: &FullJid) -> Option<Arc<SessionRecord>> {
        let mut engine = self.inner.engine();
        let removed = self.inner.sessions.remove(self.inner.me(), jid)?;
        if let Some(run) = engine.run.as_mut() {
            run.node.remove(SESSIONS_MAP, session_key(jid));
            self.inner.perform(&mut engine);
        }
        Some(removed)
    }

    /// Sends to another member; waits while its queue is full. Confirmed by the member once its xmpp layer took the
    /// event, otherwise it comes back as [`ClusterEvent::Undelivered`]. Must not be called for this node.
    ///
    /// # Errors
    /// [`SendError::NoSuchMember`] when the member is not there or leaves while the call waits;
    /// [`SendError::TooLarge`] when the envelope does not fit into one frame.
    pub async fn send(&self, to: NodeId, envelope: Envelope) -> Result<(), SendError> {
        self.carry(to, &Carried::Envelope(envelope)).await
    }

    pub(crate) async fn carry(&self, to: NodeId, carried: &Carried) -> Result<(), SendError> {
        let payload = encode_carried(carried);
        if payload.len() > MESSAGE_BYTES_MAX {
            warn!(member = %to, bytes = payload.len(), "an envelope is too large for the mesh");
            return Err(SendError::TooLarge);
        }
        let places = u32::try_from(cost(payload.len())).map_err(|_| SendError::TooLarge)?;
        let (origin, room) = {
            let engine = self.inner.engine();
            let run = engine.run.as_ref().filter(|run| !run.is_leaving).ok_or(SendError::NoSuchMember)?;
            let origin = run.node.member_of(&to.0).ok_or(SendError::NoSuchMember)?;
            let peer = run.peers.get(&origin).ok_or(SendError::NoSuchMember)?;
            (origin, Arc::clone(&peer.room))
        };
        let permit = room.acquire_many_owned(places).await.map_err(|_| SendError::NoSuchMember)?;
        let mut engine = self.inner.engine();
        let run = engine.run.as_mut().filter(|run| !run.is_leaving).ok_or(SendError::NoSuchMember)?;
        run.node.send(origin, payload).map_err(|_| SendError::NoSuchMember)?;
        permit.forget();
        self.inner.perform(&mut engine);
        Ok(())
    }

    fn store(&self, engine: &mut Engine, record: SessionRecord) {
        let shared = Arc::new(record);
        let own = own_entry(&shared);
        self.inner.sessions.put(self.inner.me(), 0, own.hash(MapNumber::SESSIONS), shared);
        if let Some(run) = engine.run.as_mut() {
            own.put_into(MapNumber::SESSIONS, &mut run.node);
            self.inner.perform(engine);
        }
    }
}
