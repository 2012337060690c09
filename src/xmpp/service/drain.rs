//! Sending the clients of this node to other members, without losing a stanza.
//!
//! A client that is sent away has got everything that was queued for it before, stays registered until it is gone, and what it sends
//! meanwhile is still handled: stanzas that come for it meanwhile are routed again when its connection has ended.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cobnut_mesh::{LoginObstacle, NodeRecord};
use cobnut_model::{MemberInfo, NodeId, UnixMillis, limits};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use super::core::{Service, now};
use super::seam::{Outbound, StreamError};

/// Time between two groups of clients that are sent away.
const STEP: Duration = Duration::from_millis(50);
/// Fewest clients that are sent away in a second, if there are any.
const CLIENTS_PER_SECOND_MIN: u32 = 20;
/// Most clients that are sent away in a second: the other members have to log them in.
const CLIENTS_PER_SECOND_MAX: u32 = 1000;
/// How old the picture of the other members' load may be.
const LOAD_AGE_MAX: Duration = Duration::from_secs(2);
/// Time after the last client for its stanzas to find their places.
const SETTLE_PATIENCE: Duration = Duration::from_secs(5);
/// Longest time between two looks at what is not settled.
const LOOK: Duration = Duration::from_millis(50);

/// How a node treats clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DrainState {
    /// They are welcome.
    #[default]
    Serving,
    /// No new ones; those that are here are sent away.
    Draining {
        /// Since when.
        since: UnixMillis,
        /// Sessions at the beginning.
        sessions_before: usize,
    },
    /// No new ones, and none is here.
    Drained {
        /// Since when.
        since: UnixMillis,
        /// Sessions that went by themselves after they were told.
        moved: usize,
        /// Sessions whose connection had to be closed in the end.
        closed: usize,
    },
}

impl DrainState {
    /// Whether new clients may log in.
    pub fn is_serving(self) -> bool {
        self == Self::Serving
    }
}

/// How a drain of clients ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Sessions that went by themselves after they were told.
    pub moved: usize,
    /// Sessions whose connection had to be closed in the end.
    pub closed: usize,
    /// Whether everything that was under way has found its place: delivered, handed over, stored or returned.
    pub is_settled: bool,
}

/// A member that takes clients.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    node: NodeId,
    starttls: Option<SocketAddr>,
    direct_tls: Option<SocketAddr>,
    /// Its sessions, with those that were sent there since the picture was taken.
    load: usize,
}

#[derive(Debug, Default)]
struct Targets {
    taken_at: Option<Instant>,
    targets: Vec<Target>,
}

/// The state of a node's drain.
#[derive(Debug)]
pub(crate) struct Drain {
    state: watch::Sender<DrainState>,
    targets: Mutex<Targets>,
    /// Sessions from the bind to the end of their connection, with what that leaves behind.
    held: AtomicUsize,
    /// Pieces of rework that are queued or under way.
    reworking: AtomicUsize,
    /// One of the two counters went down.
    quieter: Notify,
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            state: watch::Sender::default(),
            targets: Mutex::default(),
            held: AtomicUsize::new(0),
            reworking: AtomicUsize::new(0),
            quieter: Notify::new(),
        }
    }
}

/// Counts something for as long as it lives.
pub(super) struct Counted<'a> {
    count: &'a AtomicUsize,
    quieter: &'a Notify,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.quieter.notify_one();
    }
}

impl Drain {
    fn targets(&self) -> MutexGuard<'_, Targets> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session was bound; [`Self::session_over`] ends it.
    pub(super) fn session_begun(&self) {
        self.held.fetch_add(1, Ordering::Relaxed);
    }

    /// The connection of a session has ended, and all that it left was passed on.
    pub(super) fn session_over(&self) {
        // Tests of the service end sessions that never had a connection.
        let _ = self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| held.checked_sub(1));
        self.quieter.notify_one();
    }

    /// Counts a piece of rework from its being queued on.
    pub(super) fn rework_begun(&self) {
        self.reworking.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends counting a piece of rework when it is dropped.
    pub(super) fn rework_under_way(&self) -> Counted<'_> {
        Counted { count: &self.reworking, quieter: &self.quieter }
    }

    /// Pieces of rework that are queued or under way.
    pub(crate) fn reworking(&self) -> usize {
        self.reworking.load(Ordering::Relaxed)
    }

    /// Waits until `is_quiet`, which looks at the counters, or the deadline. Returns whether it came true.
    async fn wait(&self, deadline: Instant, is_quiet: impl Fn(&Self) -> bool) -> bool {
        while !is_quiet(self) {
            let look = (Instant::now() + LOOK).min(deadline);
            if timeout_at(look, self.quieter.notified()).await.is_err() && Instant::now() >= deadline {
                return is_quiet(self);
            }
        }
        true
    }
}

impl Service {
    /// How this node treats clients.
    pub(crate) fn drain_state(&self) -> DrainState {
        *self.drain.state.borrow()
    }

    /// Sessions of this node.
    pub(crate) fn session_count(&self) -> usize {
        self.local.len()
    }

    /// Why a client that wants to log in has to go elsewhere; `None` while it is welcome.
    ///
    /// Who may not serve because of its place in the cluster says `resource-constraint` (RFC 6120 §4.9.3.17), after which
    /// clients try again later. On the smaller side of a split nobody knows a member that would serve.
    pub(crate) fn turned_away(&self, is_direct_tls: bool) -> Option<StreamError> {
        if !self.drain_state().is_serving() {
            return Some(self.elsewhere(is_direct_tls));
        }
        let obstacle = self.cluster.login_obstacle()?;
        let address =
            (obstacle == LoginObstacle::LiteMember).then(|| self.other_address(is_direct_tls)).flatten();
        Some(address.map_or_else(
            || {
                let text = format!("Please connect again later or to another server: {obstacle}");
                StreamError { condition: "resource-constraint", text }
            },
            see_other_host,
        ))
    }

    /// The stream error that sends a client to another member, if it may know one, and away otherwise.
    pub(crate) fn elsewhere(&self, is_direct_tls: bool) -> StreamError {
        self.other_address(is_direct_tls).map_or_else(
            || {
                let text = "This server is taken out of service, please connect again".to_owned();
                StreamError { condition: "system-shutdown", text }
            },
            see_other_host,
        )
    }

    /// Where the clients of this node can come back to, if they may be told. Compat: the port with STARTTLS, as Openfire
    /// tells it.
    pub(crate) fn own_address(&self) -> Option<String> {
        if !self.policy.redirects_clients {
            return None;
        }
        let record = self.cluster.record_of(self.node())?;
        let listener = record.listeners.iter().find(|listener| listener.service == C2S_SERVICE)?;
        let mut address = listener.address;
        if address.ip().is_unspecified() {
            let members = self.cluster.members();
            address.set_ip(members.iter().find(|member| member.is_self)?.address.ip());
        }
        (!address.ip().is_unspecified()).then(|| address.to_string())
    }

    /// Where a client may go instead, if it may be told.
    fn other_address(&self, is_direct_tls: bool) -> Option<SocketAddr> {
        if self.policy.redirects_clients { self.take_target(is_direct_tls) } else { None }
    }

    /// The least loaded member that takes clients; it counts as loaded with one more.
    fn take_target(&self, is_direct_tls: bool) -> Option<SocketAddr> {
        let mut known = self.drain.targets();
        if known.taken_at.is_none_or(|taken_at| taken_at.elapsed() > LOAD_AGE_MAX) {
            let records: BTreeMap<NodeId, NodeRecord> = self
                .cluster
                .members()
                .iter()
                .filter_map(|member| Some((member.id, self.cluster.record_of(member.id)?)))
                .collect();
            let fresh = targets(&self.cluster.members(), &records);
            // Who has left the cluster already still knows where its clients went.
            if !fresh.is_empty() {
                known.targets = fresh;
            }
            known.taken_at = Some(Instant::now());
        }
        let fits = |target: &Target| if is_direct_tls { target.direct_tls } else { target.starttls };
        let target = known
            .targets
            .iter_mut()
            .filter(|target| fits(target).is_some())
            .min_by_key(|target| (target.load, target.node))?;
        target.load += 1;
        fits(target)
    }

    /// Lets clients log in again.
    pub(crate) fn welcome_clients(&self) {
        self.drain.state.send_replace(DrainState::Serving);
        self.cluster.set_draining(false);
    }

    /// Takes no new clients, sends those that are here away, and waits until they are gone and everything that was
    /// accepted from them or for them has found its place. At the end of `patience` the connections that are left are
    /// closed.
    pub(crate) async fn drain_clients(&self, patience: Duration) -> Drained {
        let deadline = Instant::now() + patience;
        let sessions_before = self.local.len();
        self.drain.state.send_replace(DrainState::Draining { since: now(), sessions_before });
        self.cluster.set_draining(true);
        info!(sessions = sessions_before, patience_ms = patience.as_millis(), "sending clients away");
        tokio::join!(self.send_away_all(deadline), self.move_rooms_away());
        let are_gone = |drain: &Drain| drain.held.load(Ordering::Relaxed) == 0;
        self.drain.wait(deadline, are_gone).await;
        let rest = self.local.jids();
        for jid in &rest {
            let text = "This server is taken out of service".to_owned();
            self.end_local(jid, StreamError { condition: "system-shutdown", text }).await;
        }
        let settled_by = Instant::now() + SETTLE_PATIENCE + limits::CLIENT_DRAIN_TIMEOUT;
        let is_quiet = |drain: &Drain| are_gone(drain) && drain.reworking() == 0;
        let is_settled =
            self.drain.wait(settled_by, is_quiet).await && self.cluster.flush(SETTLE_PATIENCE).await;
        let (closed, moved) = (rest.len(), sessions_before.saturating_sub(rest.len()));
        // Somebody may have called it off meanwhile.
        self.drain.state.send_if_modified(|state| {
            let is_on = !state.is_serving();
            if is_on {
                *state = DrainState::Drained { since: now(), moved, closed };
            }
            is_on
        });
        if is_settled {
            info!(moved, closed, "clients are gone");
        } else {
            warn!(
                moved,
                closed,
                reworking = self.drain.reworking(),
                "clients are gone, some of their stanzas are not yet where they belong"
            );
        }
        Drained { moved, closed, is_settled }
    }

    /// Tells everybody to go, at a pace that leaves half of the time to go.
    async fn send_away_all(&self, deadline: Instant) {
        let mut told = std::collections::HashSet::new();
        let half = deadline.saturating_duration_since(Instant::now()) / 2;
        let pace = pace(self.local.len(), half);
        loop {
            // Somebody who was logging in when it began may have come in since.
            let next: Vec<_> =
                self.local.jids().into_iter().filter(|jid| !told.contains(jid)).take(pace).collect();
            if next.is_empty() || self.drain_state().is_serving() || Instant::now() >= deadline {
                return;
            }
            for jid in next {
                if let Some(session) = self.local.get(&jid) {
                    // A full queue means a client that reads slowly; it is closed at the end, or tried again.
                    if session.outbox.try_send(Outbound::Move).is_err() && !session.outbox.is_closed() {
                        continue;
                    }
                }
                told.insert(jid);
            }
            tokio::time::sleep(STEP).await;
        }
    }
}

fn see_other_host(address: SocketAddr) -> StreamError {
    StreamError { condition: "see-other-host", text: address.to_string() }
}

/// Sessions to send away in each [`STEP`], so that all are told within `time`.
fn pace(sessions: usize, time: Duration) -> usize {
    let sessions = u32::try_from(sessions).unwrap_or(u32::MAX);
    let seconds = time.as_secs_f64().max(STEP.as_secs_f64());
    let per_second = f64::from(sessions) / seconds;
    let bounded = per_second.clamp(f64::from(CLIENTS_PER_SECOND_MIN), f64::from(CLIENTS_PER_SECOND_MAX));
    let per_step = (bounded * STEP.as_secs_f64()).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 50")]
    let per_step = per_step as usize;
    per_step.max(1)
}

/// The members that take clients.
fn targets(members: &[MemberInfo], records: &BTreeMap<NodeId, NodeRecord>) -> Vec<Target> {
    let takes_clients = |record: &&NodeRecord| !record.is_draining && !record.is_lite;
    let others = members.iter().filter(|member| !member.is_self);
    others
        .filter_map(|member| {
            let record = records.get(&member.id).filter(takes_clients)?;
            let at = |service: &str| {
                let listener = record.listeners.iter().find(|listener| listener.service == service)?;
                let mut address = listener.address;
                if address.ip().is_unspecified() {
                    address.set_ip(member.address.ip());
                }
                Some(address)
            };
            let (starttls, direct_tls) = (at(C2S_SERVICE), at(C2S_TLS_SERVICE));
            (starttls.is_some() || direct_tls.is_some()).then_some(Target {
                node: member.id,
                starttls,
                direct_tls,
                load: member.sessions,
            })
        })
        .collect()
}

/// Name of the client port in node records.
pub(crate) const C2S_SERVICE: &str = "c2s";
/// Name of the client port with direct TLS in node records.
pub(crate) const C2S_TLS_SERVICE: &str = "c2s-tls";

#[cfg(test)]
mod tests {
    use cobnut_mesh::Listener;

    use super::*;

    #[test]
    fn the_pace_is_bounded_and_leaves_time() {
        for (sessions, seconds, expected) in
            [(0, 10, 1), (10, 10, 1), (2000, 10, 10), (10_000, 10, 50), (1_000_000, 1, 50), (5, 0, 5)]
        {
            assert_eq!(pace(sessions, Duration::from_secs(seconds)), expected, "{sessions} in {seconds} s");
        }
    }

    fn member(number: u8, sessions: usize) -> MemberInfo {
        MemberInfo {
            id: NodeId([number; 16]),
            name: format!("node{number}"),
            address: ([10, 0, 0, number], 5701).into(),
            joined_at: UnixMillis(1),
            is_oldest: number == 1,
            is_self: number == 1,
            sessions,
            memory_bytes: 0,
            version: "1".to_owned(),
        }
    }

    fn record(address: &str) -> NodeRecord {
        let listener = Listener { service: C2S_SERVICE.to_owned(), address: address.parse().unwrap() };
        NodeRecord { listeners: vec![listener], ..NodeRecord::default() }
    }

    #[test]
    fn only_others_that_take_clients_are_targets() {
        let members = [member(1, 5), member(2, 7), member(3, 1), member(4, 0), member(5, 0), member(6, 0)];
        let mut records: BTreeMap<NodeId, NodeRecord> = BTreeMap::new();
        for (number, record) in [
            (1, record("10.0.0.1:5222")),
            (2, record("10.1.0.2:5222")),
            (3, record("0.0.0.0:5223")),
            (4, NodeRecord { is_draining: true, ..record("10.0.0.4:5222") }),
            (5, NodeRecord { is_lite: true, ..record("10.0.0.5:5222") }),
            (6, NodeRecord::default()),
        ] {
            records.insert(NodeId([number; 16]), record);
        }
        let found: Vec<_> =
            targets(&members, &records).into_iter().map(|target| (target.starttls, target.load)).collect();
        let expected =
            [("10.1.0.2:5222", 7), ("10.0.0.3:5223", 1)].map(|(at, load)| (Some(at.parse().unwrap()), load));
        assert_eq!(found, expected);
    }
}
