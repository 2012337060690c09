//! Switching clustering on and off, and the tasks that live as long as it is on.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use cobnut_mesh_proto::{Candidate, Config, MembershipRules, Node, Receipt, Standing};
use cobnut_model::limits::{MESH_ALONE_AFTER, MESH_TOMBSTONES_MAX};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::engine::{Inner, Run, unix_now};
use crate::events::{ClusterEvent, EnableError};
use crate::journal::JournalKind;
use crate::listener;
use crate::maps::{MapNumber, Replica};
use crate::multicast::{self, MulticastSettings};
use crate::seen::SeenQueue;

/// Time for confirmations to come, and again for goodbyes to reach the members.
const LEAVE_PATIENCE: Duration = Duration::from_millis(500);
/// How often figures are taken for metrics and members.
const FIGURES_INTERVAL: Duration = Duration::from_secs(1);
/// Events handed to the reader before one lock of the engine confirms them.
const EVENTS_PER_CONFIRMATION: usize = 64;

/// The socket for the group; `None` where the node does without.
fn open_multicast(
    settings: &MulticastSettings,
    local: SocketAddr,
) -> Result<Option<(MulticastSettings, UdpSocket)>, EnableError> {
    let group = SocketAddr::new(settings.group, settings.port);
    match multicast::open(settings, local.ip()) {
        Ok(socket) => Ok(Some((settings.clone(), socket))),
        Err(err) if settings.is_optional => {
            warn!(%group, %err, "<auto-detection> cannot use multicast here; members are found by the database only");
            Ok(None)
        }
        Err(source) => Err(EnableError::Multicast { group, source }),
    }
}

impl Inner {
    /// Binds the port and starts to dial. Nothing happens when clustering is on already.
    pub(crate) async fn enable(self: &Arc<Self>) -> Result<(), EnableError> {
        let _switch = self.switch.lock().await;
        if self.engine().run.is_some() {
            return Ok(());
        }
        if let Some(reason) = self.obstacle.get() {
            return Err(EnableError::Refused { reason: reason.clone() });
        }
        let settings = &self.settings;
        let listener = listener::bind(settings.bind_ip, settings.port, settings.port_tries)?;
        let local = listener.local_addr().map_err(|source| EnableError::Bind {
            address: SocketAddr::new(settings.bind_ip, settings.port),
            source,
        })?;
        let multicast = match &settings.multicast {
            Some(multicast) => open_multicast(multicast, local)?,
            None => None,
        };
        info!(address = %local, cluster = %settings.cluster_name, "clustering is on");
        if self.guard.tls().is_none() {
            warn!(
                "the links between members are NOT encrypted: everybody on the network between them can read what users write; \
                 restart every node without --mesh-clear"
            );
        }
        self.describe_mesh_port(Some(self.advertised(local)));
        self.take_part(true);
        self.journal.note(JournalKind::On, None, local.to_string(), String::new());
        self.start_run(listener, local, multicast);
        Ok(())
    }

    /// Lets what was sent be confirmed, says goodbye, waits a moment for it to arrive, and closes the port.
    pub(crate) async fn disable(self: &Arc<Self>) {
        let _switch = self.switch.lock().await;
        if self.engine().run.is_none() {
            return;
        }
        // Whoever takes over may begin when this node has stopped.
        self.retire_jobs(LEAVE_PATIENCE).await;
        let Some((progress, token)) = self.stop_sending() else { return };
        let has_unconfirmed = || self.engine().run.as_ref().is_some_and(|run| run.node.unconfirmed() > 0);
        let _ = timeout(LEAVE_PATIENCE, async {
            while has_unconfirmed() {
                progress.notified().await;
            }
        })
        .await;
        if let Some(listening) = self.leave() {
            // Only ever ends by being dropped together with the listener.
            let _ = listening.await;
        }
        let has_conns = || self.engine().run.as_ref().is_some_and(|run| !run.conns.is_empty());
        let _ = timeout(LEAVE_PATIENCE, async {
            while has_conns() {
                progress.notified().await;
            }
        })
        .await;
        self.engine().run = None;
        token.cancel();
        self.metrics.alone.set(0);
        self.metrics.links.set(0);
        self.metrics.set_links(0, self.requests.waiting(), &[]);
        self.metrics.stuck.set(0);
        self.refresh_view(None);
        self.describe_mesh_port(None);
        self.take_part(false);
        self.resume_jobs();
        self.set_standing(Standing::default());
        self.journal.note(JournalKind::Off, None, String::new(), String::new());
        info!("clustering is off");
    }

    fn stop_sending(&self) -> Option<(Arc<Notify>, CancellationToken)> {
        let mut engine = self.engine();
        let run = engine.run.as_mut()?;
        run.is_leaving = true;
        Some((Arc::clone(&run.progress), run.token.clone()))
    }

    fn leave(self: &Arc<Self>) -> Option<oneshot::Receiver<()>> {
        let mut engine = self.engine();
        let now = self.now();
        let run = engine.run.as_mut()?;
        let listening = run.listening.take();
        run.stop_listening.cancel();
        run.node.handle_leave(now);
        self.queue.drop_unconfirmed();
        self.perform(&mut engine);
        listening
    }

    fn start_run(
        self: &Arc<Self>,
        listener: TcpListener,
        local: SocketAddr,
        multicast: Option<(MulticastSettings, UdpSocket)>,
    ) {
        let mut engine = self.engine();
        engine.last_run += 1;
        engine.last_incarnation = unix_now().0.max(engine.last_incarnation + 1);
        let number = engine.last_run;
        let config = self.node_config(engine.last_incarnation, local);
        let mut node = Node::new(config, self.now());
        node.set_memory(crate::memory::resident_bytes());
        let (current, previous) = self.guard.proven();
        node.set_secrets(self.now(), current, previous);
        self.publish_all(&mut node);
        let token = CancellationToken::new();
        let stop_listening = token.child_token();
        let (held, listening) = oneshot::channel();
        engine.run = Some(Run {
            number,
            node,
            token: token.clone(),
            stop_listening: stop_listening.clone(),
            listening: Some(listening),
            local,
            conns: BTreeMap::new(),
            peers: BTreeMap::new(),
            alone_since: None,
            armed: None,
            is_leaving: false,
            waiting: SeenQueue::default(),
            progress: Arc::default(),
        });
        self.metrics.restart();
        if let Some(run) = engine.run.as_ref() {
            self.refresh_view(Some(&run.node));
        }
        self.perform(&mut engine);
        drop(engine);
        if let Some((settings, socket)) = multicast {
            let stop = stop_listening.clone();
            let announcing =
                multicast::run(Arc::clone(self), number, settings, socket, self.advertised(local), stop);
            self.tasks.spawn("mesh multicast", announcing);
        }
        let accepting = listener::accept(Arc::clone(self), number, listener, stop_listening, token.clone());
        self.tasks.spawn("mesh listener", async move {
            accepting.await;
            drop(held);
        });
        self.tasks.spawn("mesh timer", Arc::clone(self).run_timers(number, token.clone()));
        self.tasks.spawn("mesh figures", Arc::clone(self).run_figures(number, token));
    }

    /// Puts everything that this node wrote while clustering was off into the log of a new run.
    fn publish_all(&self, node: &mut Node) {
        let me = self.me();
        self.sessions.own_entries(me, &mut |own| own.put_into(MapNumber::SESSIONS, node));
        for (number, map) in self.maps.all() {
            map.own_entries(me, &mut |own| own.put_into(number, node));
        }
    }

    fn node_config(&self, incarnation: u64, address: SocketAddr) -> Config {
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let settings = &self.settings;
        let candidates = self.candidates.read().unwrap_or_else(PoisonError::into_inner);
        Config {
            origin: cobnut_mesh_proto::Origin { node: self.identity.node_id.0, incarnation },
            name: self.identity.name.clone(),
            product: self.identity.version.clone(),
            cluster_name: settings.cluster_name.clone(),
            domain: self.identity.domain.clone(),
            database_id: self.database_id,
            secret: self.guard.proven().0,
            address: self.advertised(address),
            candidates: as_dialled(&candidates),
            joined_at: incarnation,
            heartbeat_interval_ms: millis(settings.heartbeat_interval),
            suspect_after_ms: millis(settings.suspect_after),
            dead_after_ms: millis(settings.dead_after),
            alone_after_ms: millis(MESH_ALONE_AFTER),
            wire_versions: offered(settings.membership.newest_wire),
            tombstones_max: MESH_TOMBSTONES_MAX,
            rules: MembershipRules {
                detection: settings.membership.detection,
                members_min: settings.membership.members_min,
                is_lite: settings.membership.is_lite,
                id_remedy: settings.membership.id_remedy.clone(),
                settings: settings.membership.settings.clone(),
            },
            seed: rand::random(),
        }
    }

    /// Other nodes are named from now on, in this run and in later ones.
    pub(crate) fn set_candidates(self: &Arc<Self>, candidates: Vec<crate::Candidate>) {
        let dialled = as_dialled(&candidates);
        *self.candidates.write().unwrap_or_else(PoisonError::into_inner) = candidates;
        let mut engine = self.engine();
        let now = self.now();
        if let Some(run) = engine.run.as_mut().filter(|run| !run.is_leaving) {
            run.node.set_candidates(now, &dialled);
            self.perform(&mut engine);
        }
    }

    /// The address that other members are told.
    fn advertised(&self, bound: SocketAddr) -> SocketAddr {
        match self.settings.public_address {
            Some(public) if public.port() == 0 => SocketAddr::new(public.ip(), bound.port()),
            Some(public) => public,
            None => bound,
        }
    }

    /// Calls the state machine when it is due.
    async fn run_timers(self: Arc<Self>, number: u64, token: CancellationToken) {
        loop {
            let next = {
                let mut engine = self.engine();
                let now = self.now();
                let Some(run) = engine.run.as_mut().filter(|run| run.number == number) else { return };
                run.node.handle_timeout(now);
                self.perform(&mut engine);
                let Some(run) = engine.run.as_mut() else { return };
                run.armed = run.node.poll_timeout();
                run.armed
            };
            let due = next.map_or(FIGURES_INTERVAL, |next| Duration::from_millis(next.since(self.now())));
            tokio::select! {
                () = tokio::time::sleep_until(Instant::now() + due) => {}
                () = self.deadline_moved.notified() => {}
                () = token.cancelled() => return,
            }
        }
    }

    /// Takes figures once a second.
    async fn run_figures(self: Arc<Self>, number: u64, token: CancellationToken) {
        let mut ticks = tokio::time::interval(FIGURES_INTERVAL);
        let mut refreshed = None;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = token.cancelled() => return,
            }
            let memory = crate::memory::resident_bytes();
            let figures = self.with_node(number, |node, _| {
                node.set_memory(memory);
                self.compare_own(node);
                (node.counters(), node.members(), node.link_figures(), (node.version(), node.stuck_members()))
            });
            let Some((counters, members, links, (version, stuck))) = figures else { return };
            self.metrics.add(counters);
            let name_of = |origin| members.iter().find(|member| member.origin == origin);
            let links: Vec<_> = links
                .into_iter()
                .filter_map(|link| Some((name_of(link.member)?.name.clone(), link)))
                .collect();
            self.metrics.set_links(version, self.requests.waiting(), &links);
            self.metrics.stuck.set(i64::try_from(stuck).unwrap_or(i64::MAX));
            let linked = members.iter().filter(|member| member.is_connected).count().saturating_sub(1);
            self.metrics.links.set(i64::try_from(linked).unwrap_or(i64::MAX));
            let lag = members.iter().map(|member| member.lag).max().unwrap_or(0);
            self.metrics.replication_lag.set(i64::try_from(lag).unwrap_or(i64::MAX));
            let silence = members.iter().map(|member| member.silence_max_ms).max().unwrap_or(0);
            self.metrics.longest_silence_ms.set(i64::try_from(silence).unwrap_or(i64::MAX));
            self.metrics.entries.set(i64::try_from(self.sessions.len()).unwrap_or(i64::MAX));
            self.metrics.events_waiting.set(i64::try_from(self.queue.len()).unwrap_or(i64::MAX));
            self.refresh_record(&mut refreshed);
        }
    }

    /// Hands events to their reader and confirms those that it took off the channel: what still lies in the channel
    /// when this process dies has to come back to its sender.
    pub(crate) async fn run_events(self: Arc<Self>, events: mpsc::Sender<ClusterEvent>) {
        let mut receipts = VecDeque::new();
        loop {
            let next = if receipts.is_empty() {
                self.queue.next().await
            } else {
                tokio::select! {
                    biased;
                    next = self.queue.next() => next,
                    // All room is free: everything was taken.
                    _ = events.reserve_many(events.max_capacity()) => {
                        self.confirm(receipts.drain(..));
                        continue;
                    }
                }
            };
            if events.send(next.event).await.is_err() {
                warn!("nobody reads cluster events any more");
                return;
            }
            receipts.push_back(next.receipt);
            let untaken = events.max_capacity() - events.capacity();
            if receipts.len() >= untaken + EVENTS_PER_CONFIRMATION {
                let taken = receipts.len() - untaken;
                self.confirm(receipts.drain(..taken));
            }
        }
    }

    fn confirm(self: &Arc<Self>, receipts: impl Iterator<Item = Option<Receipt>>) {
        let mut engine = self.engine();
        if let Some(run) = engine.run.as_mut() {
            receipts.flatten().for_each(|receipt| run.node.handle_accepted(receipt));
        }
        self.perform(&mut engine);
    }

    /// Leaves the cluster when the process ends.
    pub(crate) async fn leave_at_shutdown(self: Arc<Self>) {
        self.tasks.token().cancelled().await;
        self.disable().await;
    }
}

fn as_dialled(candidates: &[crate::Candidate]) -> Vec<Candidate> {
    let each = candidates.iter();
    each.map(|candidate| Candidate { host: candidate.host.clone(), ports: candidate.ports.clone() }).collect()
}

/// The versions of the wire format that a node offers: all that it knows up to `newest`.
fn offered(newest: Option<u8>) -> (u8, u8) {
    let (lowest, highest) = Config::WIRE_VERSIONS;
    (lowest, newest.map_or(highest, |newest| newest.clamp(lowest, highest)))
}
