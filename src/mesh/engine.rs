//! The state machine under its lock, and what surrounds it: every input goes through [`Inner::with_node`], which
//! carries out what the state machine asks for before the lock is released.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use cobnut_mesh_proto::{ConnId, Node, Origin, Receipt, Standing, Timestamp};
use cobnut_model::{MemberInfo, NodeId, UnixMillis};
use cobnut_net::Tasks;
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::event_queue::EventQueue;
use crate::events::{AloneNotice, Refusal};
use crate::guard::Guard;
use crate::homes::Homes;
use crate::journal::Journal;
use crate::maps::{MapNumber, Maps, OWN_TAG, Owner};
use crate::metrics::MeshMetrics;
use crate::operation::Operation;
use crate::requests::Requests;
use crate::seen::SeenQueue;
use crate::sessions::Sessions;
use crate::settings::{Candidate, MeshSettings, NodeIdentity};

/// Everything behind a [`crate::Cluster`] handle.
pub(crate) struct Inner {
    pub(crate) identity: NodeIdentity,
    pub(crate) settings: MeshSettings,
    /// Names the shared database.
    pub(crate) database_id: [u8; 16],
    pub(crate) guard: Guard,
    /// Nodes that the configuration names; changes with it.
    pub(crate) candidates: RwLock<Vec<Candidate>>,
    pub(crate) state_file: PathBuf,
    pub(crate) tasks: Tasks,
    pub(crate) sessions: Sessions,
    /// All other replicated maps.
    pub(crate) maps: Maps,
    pub(crate) homes: Homes,
    /// One change of this node's record at a time.
    pub(crate) describing: Mutex<()>,
    pub(crate) queue: EventQueue<Receipt>,
    pub(crate) metrics: MeshMetrics,
    pub(crate) journal: Journal,
    /// Which side of a split this node is on, for readers that must not wait for the engine.
    pub(crate) standing: RwLock<Standing>,
    /// Whether clustering is on, for the same readers.
    pub(crate) is_on: AtomicBool,
    /// Why clustering must stay off, if it must.
    pub(crate) obstacle: OnceLock<String>,
    /// One enable or disable at a time.
    pub(crate) switch: tokio::sync::Mutex<()>,
    /// The next deadline of the state machine moved.
    pub(crate) deadline_moved: Notify,
    /// Ids of all members, for readers that must not wait for the engine.
    pub(crate) view: RwLock<Arc<Vec<[u8; 16]>>>,
    pub(crate) requests: Requests,
    pub(crate) operation: Operation,
    pub(crate) created: Instant,
    pub(crate) created_at: UnixMillis,
    pub(crate) engine: Mutex<Engine>,
}

#[derive(Default)]
pub(crate) struct Engine {
    /// Present while clustering is on.
    pub(crate) run: Option<Run>,
    pub(crate) refusals: VecDeque<RefusalEntry>,
    pub(crate) last_run: u64,
    pub(crate) last_incarnation: u64,
    pub(crate) last_tag: u32,
}

pub(crate) struct RefusalEntry {
    pub(crate) refusal: Refusal,
    pub(crate) code: cobnut_mesh_proto::RefusalCode,
}

/// One time of being enabled.
pub(crate) struct Run {
    pub(crate) number: u64,
    pub(crate) node: Node,
    /// Ends all tasks of the run.
    pub(crate) token: CancellationToken,
    /// Closes the port first.
    pub(crate) stop_listening: CancellationToken,
    /// Ends when the port is free again.
    pub(crate) listening: Option<oneshot::Receiver<()>>,
    pub(crate) local: SocketAddr,
    pub(crate) conns: BTreeMap<ConnId, ConnHandle>,
    pub(crate) peers: BTreeMap<Origin, PeerHandle>,
    pub(crate) alone_since: Option<UnixMillis>,
    /// Deadline that the timer task waits for.
    pub(crate) armed: Option<Timestamp>,
    /// Nothing more is sent: the node is about to leave.
    pub(crate) is_leaving: bool,
    /// Who waits until the members hold a version of the log.
    pub(crate) waiting: SeenQueue,
    /// A connection ended or payloads were confirmed.
    pub(crate) progress: Arc<Notify>,
}

/// How to reach the task of a connection.
#[derive(Clone, Default)]
pub(crate) struct ConnHandle {
    /// There is something to write.
    pub(crate) wake: Arc<Notify>,
    /// Write what is left and close.
    pub(crate) closing: CancellationToken,
    /// Close at once and let nothing more arrive.
    pub(crate) aborting: CancellationToken,
}

/// What the driver keeps for a member.
pub(crate) struct PeerHandle {
    pub(crate) owner: Owner,
    /// Host name.
    pub(crate) name: String,
    pub(crate) epoch: u32,
    /// Whether there were entries before the last snapshot began.
    pub(crate) had_entries: bool,
    /// Times that what a snapshot did not repeat is being removed.
    pub(crate) clearing: u32,
    /// Maps of which an entry could not be read: they cannot be compared with the member's.
    pub(crate) unreadable: BTreeSet<MapNumber>,
    /// Room in the queue towards the member, in units of [`cobnut_mesh_proto::cost`].
    pub(crate) room: Arc<Semaphore>,
}

impl PeerHandle {
    pub(crate) fn new(owner: Owner, name: String, room: Arc<Semaphore>) -> Self {
        Self { owner, name, epoch: 0, had_entries: false, clearing: 0, unreadable: BTreeSet::new(), room }
    }
}

impl Inner {
    pub(crate) fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time of the state machine.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(u64::try_from(self.created.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Runs `feed` on the node of a run, if that is still the current one, and carries out what follows from it.
    pub(crate) fn with_node<T>(
        self: &Arc<Self>,
        run_number: u64,
        feed: impl FnOnce(&mut Node, Timestamp) -> T,
    ) -> Option<T> {
        let mut engine = self.engine();
        let run = engine.run.as_mut().filter(|run| run.number == run_number)?;
        let fed = feed(&mut run.node, self.now());
        self.perform(&mut engine);
        Some(fed)
    }

    /// This node as the owner of entries.
    pub(crate) fn me(&self) -> Owner {
        Owner { node: self.identity.node_id, tag: OWN_TAG }
    }

    /// All members, this node included, oldest first.
    pub(crate) fn members(&self) -> Vec<MemberInfo> {
        let engine = self.engine();
        let Some(run) = engine.run.as_ref() else {
            let address = SocketAddr::new(self.settings.bind_ip, self.settings.port);
            return vec![MemberInfo {
                id: self.identity.node_id,
                name: self.identity.name.clone(),
                address,
                joined_at: self.created_at,
                is_oldest: true,
                is_self: true,
                sessions: self.sessions.count_of(self.identity.node_id),
                memory_bytes: crate::memory::resident_bytes(),
                version: self.identity.version.clone(),
            }];
        };
        let members = run.node.members().into_iter().enumerate();
        members.map(|(index, member)| self.info(run, index == 0, member)).collect()
    }

    pub(crate) fn info(&self, run: &Run, is_oldest: bool, member: cobnut_mesh_proto::Member) -> MemberInfo {
        let id = NodeId(member.origin.node);
        MemberInfo {
            id,
            name: member.name,
            address: member.address,
            joined_at: UnixMillis(member.joined_at),
            is_oldest,
            is_self: member.origin == run.node.origin(),
            sessions: self.sessions.count_of(id),
            memory_bytes: member.memory_bytes,
            version: member.product,
        }
    }

    pub(crate) fn alone(&self) -> Option<AloneNotice> {
        let engine = self.engine();
        let run = engine.run.as_ref()?;
        let since = run.alone_since?;
        Some(AloneNotice { since, expected: run.node.expected() })
    }

    /// Publishes who the members are, for readers and metrics.
    pub(crate) fn refresh_view(&self, node: Option<&Node>) {
        let ids = match node {
            Some(node) => node.members().iter().map(|member| member.origin.node).collect(),
            None => vec![self.identity.node_id.0],
        };
        self.metrics.members.set(i64::try_from(ids.len()).unwrap_or(i64::MAX));
        let runs = node.map_or_else(
            || vec![Origin { node: self.identity.node_id.0, incarnation: 0 }],
            |node| node.members().iter().map(|member| member.origin).collect(),
        );
        self.homes.members.store(Arc::new(runs));
        self.homes.poke();
        let before = {
            let mut view = self.view.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *view, Arc::new(ids.clone()))
        };
        if *before != ids {
            self.operation.list_changed();
        }
    }
}

/// The wall clock.
pub(crate) fn unix_now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
