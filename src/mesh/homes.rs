//! Homes and singleton jobs: which member acts where exactly one shall.
//!
//! Rules and promise are those of [`cobnut_mesh_proto::judge`]. Here are the maps by which members tell each other what
//! they see (their [`crate::NodeRecord`]) and what they do, and the task that starts and stops a job.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use cobnut_mesh_proto::{
    DISAGREEMENT_MS, Fence as CoreFence, Origin, Situation, Verdict, judge, responsible, view_hash,
};
use cobnut_model::NodeId;
use cobnut_model::limits::MESH_ALONE_AFTER;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::engine::{Inner, unix_now};
use crate::maps::{Map, MapNumber, NodeRecords, Replicated};

/// Who acts for which job, by its name.
pub(crate) struct Tenures;

impl Replicated for Tenures {
    const NUMBER: MapNumber = MapNumber::TENURES;
    type Key = String;
    type Value = TenureRecord;
}

/// The last tenure of a node for a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TenureRecord {
    at: u64,
    is_over: bool,
}

/// Names a tenure; of two tenures of one job the later one has the greater fence.
///
/// What a job writes to the database carries the fence, and a write with a smaller one than the last is refused: so a
/// process that was stopped and has not noticed that it was replaced does no harm. Written out, the text sorts as the fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(CoreFence);

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:020}-", self.0.at)?;
        self.0.node.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What this node knows about homes.
#[derive(Debug)]
pub(crate) struct Homes {
    /// Something changed that may change who acts.
    poked: watch::Sender<u64>,
    view: watch::Sender<Arc<HomeView>>,
    /// Runs of all members, this node included.
    pub(crate) members: ArcSwap<Vec<Origin>>,
    latest: Mutex<BTreeMap<&'static str, CoreFence>>,
    /// Jobs that run here.
    acting: watch::Sender<usize>,
    is_retiring: AtomicBool,
}

/// Who may be a home, as this node sees it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct HomeView {
    candidates: Vec<[u8; 16]>,
    is_agreed: bool,
}

/// What the task that watches the members remembers.
#[derive(Default)]
struct Watch {
    disagreeing_since: Option<Instant>,
    /// Number and beginning of the run of clustering, if it is on.
    run: Option<(u64, Instant)>,
    has_met: bool,
}

impl Default for Homes {
    fn default() -> Self {
        Self {
            poked: watch::Sender::new(0),
            view: watch::Sender::default(),
            members: ArcSwap::default(),
            latest: Mutex::default(),
            acting: watch::Sender::new(0),
            is_retiring: AtomicBool::new(false),
        }
    }
}

impl Homes {
    /// Members, their records or tenures changed.
    pub(crate) fn poke(&self) {
        self.poked.send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl Inner {
    /// The member that is the home of `key`.
    pub(crate) fn home_of(&self, key: &str) -> Option<NodeId> {
        let view = Arc::clone(&self.homes.view.borrow());
        responsible(key.as_bytes(), view.candidates.iter()).map(NodeId)
    }

    /// Sees who the members are, tells them what this node sees, and wakes the jobs.
    pub(crate) async fn run_homes(self: Arc<Self>, token: CancellationToken) {
        let mut poked = self.homes.poked.subscribe();
        let mut watch = Watch::default();
        loop {
            poked.mark_unchanged();
            let again_in = self.look_around(&mut watch);
            tokio::select! {
                _ = poked.changed() => {}
                () = tokio::time::sleep(again_in) => {}
                () = token.cancelled() => return,
            }
        }
    }

    /// Returns after which time the same members would be seen otherwise.
    fn look_around(self: &Arc<Self>, watch: &mut Watch) -> Duration {
        let members = self.homes.members.load_full();
        let settled_in = self.settles_in(watch, members.len());
        let me = self.identity.node_id.0;
        let nodes: Map<NodeRecords> = Map::new(Arc::clone(self));
        let is_settled = settled_in.is_zero();
        if nodes.own(&me).is_none_or(|own| own.value().is_settled != is_settled) {
            self.describe_node(|record| record.is_settled = is_settled);
        }
        let records: Vec<_> = members.iter().map(|origin| (*origin, nodes.get(&origin.node))).collect();
        let seen = records.iter().map(|(origin, record)| {
            // A member that has not said anything yet is no candidate, and sees something else for sure.
            (*origin, record.as_ref().map_or(u64::MAX, |record| record.value().turns))
        });
        let hash = view_hash(seen);
        self.describe_node(|record| record.view = hash);
        let is_candidate = |record: &crate::NodeRecord| record.is_candidate();
        let mut candidates: Vec<[u8; 16]> = records
            .iter()
            .filter(|(_, record)| record.as_ref().is_some_and(|record| is_candidate(record.value())))
            .map(|(origin, _)| origin.node)
            .collect();
        candidates.sort_unstable();
        let agree = records.iter().all(|(origin, record)| {
            origin.node == me || record.as_ref().is_some_and(|record| record.value().view == hash)
        });
        let patience = Duration::from_millis(DISAGREEMENT_MS);
        let waited = if agree {
            watch.disagreeing_since = None;
            None
        } else {
            Some(watch.disagreeing_since.get_or_insert_with(Instant::now).elapsed())
        };
        let is_agreed = waited.is_none_or(|waited| waited >= patience);
        // Also when it is the same as before: tenures may have changed.
        self.homes.view.send_replace(Arc::new(HomeView { candidates, is_agreed }));
        let until_patience = waited.map_or(patience, |waited| patience.saturating_sub(waited));
        let waits = [until_patience, settled_in];
        waits.into_iter().filter(|wait| !wait.is_zero()).min().unwrap_or(patience)
    }

    /// A node that has just started is no candidate before it has met others or has waited for them in vain.
    fn settles_in(&self, watch: &mut Watch, members: usize) -> Duration {
        let number = self.engine().run.as_ref().map(|run| run.number);
        let Some(number) = number else {
            *watch = Watch::default();
            return Duration::ZERO;
        };
        if watch.run.is_none_or(|(held, _)| held != number) {
            *watch = Watch { run: Some((number, Instant::now())), ..Watch::default() };
        }
        watch.has_met |= members > 1;
        let since = watch.run.map_or(Duration::ZERO, |(_, since)| since.elapsed());
        if watch.has_met { Duration::ZERO } else { MESH_ALONE_AFTER.saturating_sub(since) }
    }

    /// Runs a job whenever this node is the one to act.
    pub(crate) async fn run_singleton<F, Fut>(
        self: Arc<Self>,
        name: &'static str,
        job: F,
        token: CancellationToken,
    ) where
        F: Fn(Fence) -> Fut + Send + Sync,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let tenures: Map<Tenures> = Map::new(Arc::clone(&self));
        let mut views = self.homes.view.subscribe();
        let mut mine: Option<CoreFence> = None;
        let mut work: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(std::future::pending());
        loop {
            views.mark_unchanged();
            match self.judge_job(&tenures, name, mine) {
                Verdict::Begin(fence) => {
                    info!(job = name, fence = %Fence(fence), "this node acts for the cluster");
                    self.homes.acting.send_modify(|count| *count += 1);
                    tenures.put(name.to_owned(), TenureRecord { at: fence.at, is_over: false });
                    mine = Some(fence);
                    work = Box::pin(job(Fence(fence)));
                }
                Verdict::Stop => {
                    // What is dropped does nothing more; only then is it told.
                    work = Box::pin(std::future::pending());
                    mine = None;
                    self.end_tenure(&tenures, name);
                }
                Verdict::Stay => {}
            }
            tokio::select! {
                changed = views.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
                () = &mut work => work = Box::pin(std::future::pending()),
                () = token.cancelled() => {
                    drop(work);
                    if mine.is_some() {
                        self.end_tenure(&tenures, name);
                    }
                    return;
                }
            }
        }
    }

    fn end_tenure(&self, tenures: &Map<Tenures>, name: &'static str) {
        info!(job = name, "this node does not act for the cluster any more");
        tenures.update(&name.to_owned(), |tenure| tenure.is_over = true);
        self.homes.acting.send_modify(|count| *count = count.saturating_sub(1));
    }

    fn judge_job(&self, tenures: &Map<Tenures>, name: &'static str, mine: Option<CoreFence>) -> Verdict {
        let me = self.identity.node_id.0;
        let said = tenures.all(&name.to_owned());
        let fence_of =
            |entry: &crate::Entry<Tenures>| CoreFence { at: entry.value().at, node: entry.owner.0 };
        let latest = {
            let mut all = self.homes.latest.lock().unwrap_or_else(PoisonError::into_inner);
            let latest = said.iter().map(fence_of).chain(all.get(name).copied()).max();
            all.extend(latest.map(|latest| (name, latest)));
            latest
        };
        let others: Vec<CoreFence> =
            said.iter().filter(|entry| entry.owner.0 != me && !entry.value().is_over).map(fence_of).collect();
        let view = Arc::clone(&self.homes.view.borrow());
        let is_retiring = self.homes.is_retiring.load(Ordering::Relaxed);
        let home = responsible(name.as_bytes(), view.candidates.iter()).filter(|_| !is_retiring);
        let (is_agreed, unix_ms) = (view.is_agreed, unix_now().0);
        judge(&Situation { me, home, is_agreed, mine, others: &others, latest, unix_ms })
    }

    /// Stops all jobs of this node, because it leaves the cluster, and waits until they have stopped.
    pub(crate) async fn retire_jobs(&self, patience: Duration) {
        self.homes.is_retiring.store(true, Ordering::Relaxed);
        self.homes.poke();
        let mut acting = self.homes.acting.subscribe();
        let _ = tokio::time::timeout(patience, acting.wait_for(|count| *count == 0)).await;
    }

    /// This node is out of the cluster, and acts for itself again.
    pub(crate) fn resume_jobs(&self) {
        self.homes.is_retiring.store(false, Ordering::Relaxed);
        self.homes.poke();
    }
}
