//! Carrying out orders, here or at another member.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use cobnut_mesh::{Cluster, Request, Standing, Topic};
use cobnut_model::{MemberInfo, NodeId};
use cobnut_net::Tasks;
use cobnut_store::Store;
use cobnut_xmpp::{DrainState, Xmpp};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::order::{Answer, Order, OrderError};
use crate::report::{
    ClusterReport, ConfigFinding, Database, Files, Happening, Heard, MemberReport, NodeReport, Port, Refused,
    Side,
};

/// How long a member may take to say how it is.
const REPORT_PATIENCE: Duration = Duration::from_secs(3);
/// How long a member may take to say whether it obeys.
const ORDER_PATIENCE: Duration = Duration::from_secs(5);
/// Entries of the journal in a report.
const HAPPENINGS_MAX: usize = 200;
/// Findings of the linter in a report.
const FINDINGS_MAX: usize = 50;
/// Time for an answer to reach its reader before this node leaves the cluster.
const ANSWER_PATIENCE: Duration = Duration::from_secs(1);

/// What orders are carried out with.
pub struct OperationsParts {
    /// Members and links.
    pub cluster: Cluster,
    /// Clients.
    pub xmpp: Xmpp,
    /// The database.
    pub store: Store,
    /// What the linter says about the configuration.
    pub findings: Vec<ConfigFinding>,
    /// Where tasks are registered.
    pub tasks: Tasks,
}

/// The handle on a node for its operator; cheap to clone.
#[derive(Clone)]
pub struct Operations {
    inner: Arc<Inner>,
}

struct Inner {
    parts: OperationsParts,
    started_at_ms: u64,
    /// Cancelled when the process shall end.
    stop: CancellationToken,
    is_draining: AtomicBool,
}

impl Operations {
    /// Starts to obey other members, too.
    pub fn start(parts: OperationsParts) -> Self {
        let requests = parts.cluster.take_requests(Topic::Orders);
        let tasks = parts.tasks.clone();
        let (stop, is_draining) = (CancellationToken::new(), AtomicBool::new(false));
        let operations =
            Self { inner: Arc::new(Inner { parts, started_at_ms: now_ms(), stop, is_draining }) };
        if let Some(requests) = requests {
            tasks.spawn("orders", operations.clone().obey(requests));
        }
        operations
    }

    /// Ends when an order ends the process.
    pub async fn stopped(&self) {
        self.inner.stop.cancelled().await;
    }

    async fn obey(self, mut requests: mpsc::Receiver<Request>) {
        let token = self.inner.parts.tasks.token().clone();
        loop {
            let request = tokio::select! {
                request = requests.recv() => request,
                () = token.cancelled() => return,
            };
            let Some(request) = request else { return };
            let operations = self.clone();
            // An order may take time, and a question about it must be answered meanwhile.
            self.inner.parts.tasks.spawn("order", async move { operations.obey_one(request).await });
        }
    }

    async fn obey_one(&self, request: Request) {
        let cluster = &self.inner.parts.cluster;
        let from = request.from;
        let order: Result<Order, _> = serde_json::from_slice(&request.body);
        let answer = match &order {
            Ok(Order::Report) => Answer::Report { report: Box::new(self.report().await) },
            Ok(order) => match self.objection(*order) {
                Some(reason) => Answer::Refused { reason },
                None => Answer::Accepted,
            },
            Err(err) => Answer::Refused { reason: format!("this version does not know the order: {err}") },
        };
        let body = serde_json::to_vec(&answer).unwrap_or_default();
        if let Err(err) = cluster.answer(request, body.into()).await {
            warn!(member = %from, %err, "a member's question could not be answered");
        }
        if let (Ok(order), Answer::Accepted) = (order, answer) {
            info!(member = %from, ?order, "order of a member");
            cluster.flush(ANSWER_PATIENCE).await;
            self.carry_out(order);
        }
    }

    /// Gives an order to a member, or to this node when none is named.
    ///
    /// # Errors
    /// See [`OrderError`].
    pub async fn order(&self, member: Option<&str>, order: Order) -> Result<(), OrderError> {
        let to = member.map(|named| self.find(named)).transpose()?;
        let Some(to) = to.filter(|id| *id != self.inner.parts.cluster.identity().node_id) else {
            if let Some(reason) = self.objection(order) {
                return Err(OrderError::Refused(reason));
            }
            self.carry_out(order);
            return Ok(());
        };
        match self.ask(to, order, ORDER_PATIENCE).await? {
            Answer::Accepted => Ok(()),
            Answer::Refused { reason } => Err(OrderError::Refused(reason)),
            Answer::Report { .. } => Err(OrderError::Unreachable("it answered something else".to_owned())),
        }
    }

    async fn ask(&self, to: NodeId, order: Order, patience: Duration) -> Result<Answer, OrderError> {
        let unreachable = |text: String| OrderError::Unreachable(text);
        let body = serde_json::to_vec(&order).map_err(|err| unreachable(err.to_string()))?;
        let answer = self.inner.parts.cluster.ask(to, Topic::Orders, body.into(), patience).await;
        let answer: Bytes = answer.map_err(|err| unreachable(err.to_string()))?;
        serde_json::from_slice(&answer)
            .map_err(|err| unreachable(format!("its answer cannot be read: {err}")))
    }

    /// The member with this id, address, or name.
    fn find(&self, named: &str) -> Result<NodeId, OrderError> {
        find(&self.inner.parts.cluster.members(), named)
    }

    fn objection(&self, order: Order) -> Option<String> {
        let cluster = &self.inner.parts.cluster;
        match order {
            Order::Leave if !cluster.is_enabled() => Some("clustering is off already".to_owned()),
            Order::Drain { .. } if self.inner.is_draining.load(Ordering::Relaxed) => {
                Some("it sends its clients away already".to_owned())
            }
            _ => None,
        }
    }

    /// Begins what was ordered; objections have been made.
    fn carry_out(&self, order: Order) {
        let operations = self.clone();
        let tasks = &self.inner.parts.tasks;
        match order {
            Order::Report => {}
            Order::Drain { patience_ms, stops } => {
                if self.inner.is_draining.swap(true, Ordering::Relaxed) {
                    return;
                }
                tasks.spawn("drain", async move {
                    operations.drain(Duration::from_millis(patience_ms), stops).await;
                });
            }
            Order::Leave => tasks.spawn("leave", async move {
                if let Err(err) = operations.inner.parts.cluster.choose(false).await {
                    warn!(%err, "left the cluster, and the choice is not kept");
                }
            }),
            Order::Serve => tasks.spawn("serve", async move { operations.serve().await }),
        }
    }

    async fn drain(&self, patience: Duration, stops: bool) {
        let parts = &self.inner.parts;
        parts.xmpp.drain_clients(patience).await;
        let was_called_off = parts.xmpp.drain_state().is_serving();
        self.inner.is_draining.store(false, Ordering::Relaxed);
        if was_called_off {
            info!("the drain was called off");
            return;
        }
        parts.cluster.disable().await;
        if stops {
            self.inner.stop.cancel();
        }
    }

    async fn serve(&self) {
        let parts = &self.inner.parts;
        let was_drained = !parts.xmpp.drain_state().is_serving();
        parts.xmpp.welcome_clients();
        // Who was drained comes back as the configuration says; who left was told to stay out, and that is taken back.
        let joined =
            if was_drained { parts.cluster.enable().await } else { parts.cluster.choose(true).await };
        if let Err(err) = joined {
            warn!(%err, "takes clients again, and does not join the cluster");
        }
    }

    /// How this node is.
    pub async fn report(&self) -> NodeReport {
        let parts = &self.inner.parts;
        let cluster = &parts.cluster;
        let identity = cluster.identity();
        let members = cluster.members();
        let alone = cluster.alone();
        let record = cluster.record_of(identity.node_id).unwrap_or_default();
        NodeReport {
            node_id: identity.node_id.to_string(),
            name: identity.name.clone(),
            version: identity.version.clone(),
            domain: identity.domain.clone(),
            is_clustered: cluster.is_enabled(),
            address: cluster.local_addr(),
            state: state_name(parts.xmpp.drain_state()).to_owned(),
            now_ms: now_ms(),
            started_at_ms: self.inner.started_at_ms,
            sessions: parts.xmpp.sessions_here(),
            sessions_known: cluster.sessions().len(),
            links: links_of(cluster),
            side: side_of(cluster.standing()),
            no_logins: cluster.login_obstacle().map(|obstacle| obstacle.to_string()).unwrap_or_default(),
            alone_since_ms: alone.as_ref().map(|notice| notice.since.0),
            expected: alone.map(|notice| notice.expected).unwrap_or_default(),
            refused: refused(cluster),
            hears: heard(cluster, &members),
            ports: record
                .listeners
                .into_iter()
                .map(|listener| Port { service: listener.service, address: listener.address })
                .collect(),
            database: self.database().await,
            files: files(),
            findings: parts.findings.iter().take(FINDINGS_MAX).cloned().collect(),
            journal: happenings(cluster),
        }
    }

    async fn database(&self) -> Database {
        let store = &self.inner.parts.store;
        let begin = Instant::now();
        let answer = store.ping().await;
        let took = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        Database {
            kind: format!("{:?}", store.backend()),
            answers_in_ms: answer.is_ok().then_some(took),
            error: answer.err().map(|err| with_cause(&err)).unwrap_or_default(),
        }
    }

    /// How the cluster is: every member is asked at the same time.
    pub async fn cluster_report(&self) -> ClusterReport {
        let cluster = &self.inner.parts.cluster;
        let members = cluster.members();
        let rows = members.into_iter().map(|member| async move {
            let begin = now_ms();
            let answer = if member.is_self {
                Ok(Answer::Report { report: Box::new(self.report().await) })
            } else {
                self.ask(member.id, Order::Report, REPORT_PATIENCE).await
            };
            let middle = u64::midpoint(begin, now_ms());
            let (report, silence) = match answer {
                Ok(Answer::Report { report }) => (Some(*report), None),
                Ok(Answer::Refused { reason }) => (None, Some(reason)),
                Ok(Answer::Accepted) => (None, Some("it answered something else".to_owned())),
                Err(err) => (None, Some(err.to_string())),
            };
            let ahead = |report: &NodeReport| {
                i64::try_from(i128::from(report.now_ms) - i128::from(middle)).unwrap_or(i64::MAX)
            };
            MemberReport {
                node_id: member.id.to_string(),
                name: member.name,
                address: member.address,
                joined_at_ms: member.joined_at.0,
                is_oldest: member.is_oldest,
                is_self: member.is_self,
                sessions: member.sessions,
                version: member.version,
                clock_ahead_ms: report.as_ref().filter(|_| !member.is_self).map_or(0, ahead),
                report,
                silence,
            }
        });
        ClusterReport {
            asked: cluster.identity().node_id.to_string(),
            members: futures::future::join_all(rows).await,
        }
    }
}

fn find(members: &[MemberInfo], named: &str) -> Result<NodeId, OrderError> {
    let exact =
        members.iter().find(|member| member.id.to_string() == named || member.address.to_string() == named);
    if let Some(member) = exact {
        return Ok(member.id);
    }
    let mut called = members
        .iter()
        .filter(|member| member.name.eq_ignore_ascii_case(named) || member.address.ip().to_string() == named);
    match (called.next(), called.next()) {
        (Some(member), None) => Ok(member.id),
        (Some(_), Some(_)) => Err(OrderError::Ambiguous(named.to_owned())),
        (None, _) => Err(OrderError::NoSuchMember(named.to_owned())),
    }
}

fn state_name(state: DrainState) -> &'static str {
    match state {
        DrainState::Serving => "serving",
        DrainState::Draining { .. } => "draining",
        DrainState::Drained { .. } => "drained",
    }
}

fn links_of(cluster: &Cluster) -> String {
    let protection = &cluster.settings().protection;
    match (protection.tls.is_some(), protection.password.is_some()) {
        (true, true) => "TLS, with a shared password as a further secret",
        (true, false) => "TLS",
        (false, _) => "in clear; members prove the secret of the database",
    }
    .to_owned()
}

fn side_of(standing: Standing) -> Side {
    match standing {
        Standing::Majority => Side::default(),
        Standing::Minority { have, of } => Side { is_minority: true, have, of },
    }
}

fn refused(cluster: &Cluster) -> Vec<Refused> {
    let refusals = cluster.refusals().into_iter();
    refusals
        .map(|refusal| Refused {
            peer: refusal.peer.to_string(),
            reason: refusal.reason,
            at_ms: refusal.at.0,
        })
        .collect()
}

fn heard(cluster: &Cluster, members: &[MemberInfo]) -> Vec<Heard> {
    let name_of = |id: NodeId| {
        members.iter().find(|member| member.id == id).map(|member| member.name.clone()).unwrap_or_default()
    };
    let links = cluster.links().into_iter();
    links
        .map(|link| Heard {
            node_id: link.member.to_string(),
            name: name_of(link.member),
            is_connected: link.is_connected,
            is_suspect: link.is_suspect,
            lag_changes: link.lag,
            unconfirmed_payloads: link.unconfirmed_payloads,
            unconfirmed_bytes: link.unconfirmed_bytes,
            window_used: link.window_used,
        })
        .collect()
}

fn happenings(cluster: &Cluster) -> Vec<Happening> {
    let entries = cluster.journal(0).into_iter().take(HAPPENINGS_MAX);
    entries
        .map(|entry| Happening {
            at_ms: entry.at.0,
            kind: entry.kind.name().to_owned(),
            subject: entry.subject,
            text: entry.text,
            is_trouble: entry.kind.is_trouble(),
        })
        .collect()
}

/// Open files of this process and their limit, as Linux tells them.
fn files() -> Files {
    let open = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    Files { open: u64::try_from(open).unwrap_or(u64::MAX), limit: file_limit(&limits).unwrap_or(0) }
}

fn file_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

fn with_cause(err: &dyn std::error::Error) -> String {
    err.source().map_or_else(|| err.to_string(), |source| format!("{err}: {source}"))
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use cobnut_model::UnixMillis;

    use super::*;

    fn member(number: u8, name: &str) -> MemberInfo {
        MemberInfo {
            id: NodeId([number; 16]),
            name: name.to_owned(),
            address: ([10, 0, 0, number], 5701).into(),
            joined_at: UnixMillis(1),
            is_oldest: false,
            is_self: number == 1,
            sessions: 0,
            memory_bytes: 0,
            version: "1".to_owned(),
        }
    }

    #[test]
    fn members_are_named_by_id_address_or_a_name_that_is_unique() {
        let members = [member(1, "one"), member(2, "two"), member(3, "two")];
        for (named, expected) in [
            ("one", Ok(NodeId([1; 16]))),
            ("ONE", Ok(NodeId([1; 16]))),
            ("10.0.0.2", Ok(NodeId([2; 16]))),
            ("10.0.0.3:5701", Ok(NodeId([3; 16]))),
            ("03030303-0303-0303-0303-030303030303", Ok(NodeId([3; 16]))),
            ("two", Err(OrderError::Ambiguous("two".to_owned()))),
            ("three", Err(OrderError::NoSuchMember("three".to_owned()))),
        ] {
            assert_eq!(find(&members, named), expected, "{named}");
        }
    }

    #[test]
    fn orders_keep_their_form() {
        let order = Order::Drain { patience_ms: 5, stops: true };
        let text = serde_json::to_string(&order).expect("JSON");
        assert_eq!(text, r#"{"order":"drain","patience_ms":5,"stops":true}"#);
        assert_eq!(serde_json::from_str::<Order>(&text).expect("order"), order);
        assert!(serde_json::from_str::<Order>(r#"{"order":"explode"}"#).is_err());
    }

    #[test]
    fn the_limit_of_files_is_read() {
        let text = "Limit   Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n";
        assert_eq!(file_limit(text), Some(1024));
        assert_eq!(file_limit("Max open files unlimited"), None);
    }
}
