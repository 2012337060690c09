//! Nodes on real loopback TCP for the tests beside this file.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use cobnut_mesh::{
    Candidate, Cluster, ClusterEvent, MeshSettings, MulticastSettings, NodeIdentity, Protection, SharedSecret,
};
use cobnut_model::{Jids, NodeId, SessionRecord, UnixMillis};
use cobnut_net::{Metrics, Tasks};
use jid::FullJid;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

/// Longest wait for anything; far above what it takes, because the machine may be busy or stand still for a while.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct TestNode {
    pub(crate) cluster: Cluster,
    pub(crate) events: mpsc::Receiver<ClusterEvent>,
    pub(crate) seen: VecDeque<ClusterEvent>,
    pub(crate) tasks: Tasks,
    pub(crate) metrics: Metrics,
    pub(crate) folder: tempfile::TempDir,
}

/// What a test wants to differ from the ordinary.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) node: u8,
    pub(crate) ip: IpAddr,
    pub(crate) port: u16,
    pub(crate) port_tries: u16,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) cluster_name: String,
    pub(crate) domain: String,
    pub(crate) database: u8,
    pub(crate) secret: u8,
    pub(crate) dead_after: Duration,
    pub(crate) outbound_ports: Vec<(u16, u16)>,
    pub(crate) multicast: Option<MulticastSettings>,
    pub(crate) protection: Protection,
}

pub(crate) fn ip(last: u8) -> IpAddr {
    IpAddr::from([127, 0, 5, last])
}

/// A port that is free on `ip` now.
pub(crate) fn free_port(ip: IpAddr) -> u16 {
    let listener = std::net::TcpListener::bind(SocketAddr::new(ip, 0)).expect("bind");
    listener.local_addr().expect("address").port()
}

pub(crate) fn candidate(host: impl ToString, port: u16) -> Candidate {
    Candidate { host: host.to_string(), ports: vec![port] }
}

impl Plan {
    pub(crate) fn new(node: u8) -> Self {
        Self {
            node,
            ip: ip(node),
            port: 0,
            port_tries: 1,
            candidates: Vec::new(),
            cluster_name: "openfire".into(),
            domain: "example.org".into(),
            database: 1,
            secret: 1,
            dead_after: Duration::from_secs(5),
            outbound_ports: Vec::new(),
            multicast: None,
            protection: Protection::default(),
        }
    }

    pub(crate) fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    pub(crate) fn knows(mut self, host: impl ToString, port: u16) -> Self {
        self.candidates.push(candidate(host, port));
        self
    }

    pub(crate) fn build(&self) -> TestNode {
        let folder = tempfile::tempdir().expect("folder");
        let tasks = Tasks::new();
        let metrics = Metrics::new();
        let identity = NodeIdentity {
            node_id: NodeId([self.node; 16]),
            name: format!("node{}", self.node),
            domain: self.domain.clone(),
            version: "test".into(),
        };
        let settings = MeshSettings {
            cluster_name: self.cluster_name.clone(),
            bind_ip: self.ip,
            port: self.port,
            port_tries: self.port_tries,
            candidates: self.candidates.clone(),
            heartbeat_interval: Duration::from_millis(250),
            suspect_after: self.dead_after.mul_f32(0.6),
            dead_after: self.dead_after,
            public_address: None,
            outbound_ports: self.outbound_ports.clone(),
            membership: cobnut_mesh::MembershipSettings::default(),
            multicast: self.multicast.clone(),
            protection: self.protection.clone(),
        };
        let secret = SharedSecret { database_id: [self.database; 16], secret: [self.secret; 32] };
        let state = folder.path().join("clustering.json");
        let (cluster, events) = Cluster::new(identity, settings, secret, state, tasks.clone(), &metrics);
        TestNode { cluster, events, seen: VecDeque::new(), tasks, metrics, folder }
    }

    pub(crate) async fn start(&self) -> TestNode {
        let node = self.build();
        node.cluster.enable().await.expect("enable");
        node
    }
}

impl TestNode {
    pub(crate) fn id(&self) -> NodeId {
        self.cluster.identity().node_id
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.cluster.local_addr().expect("enabled")
    }

    pub(crate) fn size(&self) -> usize {
        self.cluster.members().len()
    }

    /// The first event that `wanted` accepts; earlier ones are dropped.
    pub(crate) async fn event<T>(&mut self, mut wanted: impl FnMut(&ClusterEvent) -> Option<T>) -> T {
        timeout(PATIENCE, async {
            loop {
                let event = self.events.recv().await.expect("channel open");
                if let Some(found) = wanted(&event) {
                    return found;
                }
                self.seen.push_back(event);
            }
        })
        .await
        .unwrap_or_else(|_| panic!("event did not come; seen: {:?}", self.seen))
    }

    /// Ends like a process: everything is gone, nothing is said.
    pub(crate) async fn stop(self) {
        assert!(self.tasks.shut_down(PATIENCE).await, "tasks still run: {:?}", self.tasks.running());
    }
}

/// Waits until `claim` holds; panics with `what` otherwise. Returns how long it took.
pub(crate) async fn until(what: &str, mut claim: impl FnMut() -> bool) -> Duration {
    let begin = Instant::now();
    while !claim() {
        assert!(begin.elapsed() < PATIENCE, "did not happen: {what}");
        sleep(Duration::from_millis(5)).await;
    }
    begin.elapsed()
}

pub(crate) async fn joined(nodes: &[&TestNode]) -> Duration {
    until("all nodes see all nodes", || nodes.iter().all(|node| node.size() == nodes.len())).await
}

pub(crate) fn record(jid: &str, bound_at: u64) -> SessionRecord {
    SessionRecord {
        jid: full(jid),
        bound_at: UnixMillis(bound_at),
        remote_ip: ip(99),
        is_encrypted: true,
        presence: None,
        is_interested: false,
        has_carbons: false,
        directed_to: Jids::default(),
        active_at: UnixMillis(bound_at),
        hides_presence: false,
        is_anonymous: false,
    }
}

pub(crate) fn full(jid: &str) -> FullJid {
    FullJid::new(jid).expect("full JID")
}
