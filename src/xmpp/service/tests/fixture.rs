//! A node (or two) on a database of its own, and clients that are nothing but queues.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cobnut_mesh::{Candidate, Cluster, ClusterEvent, MeshSettings, NodeIdentity, SharedSecret};
use cobnut_model::{NodeId, UnixMillis, User};
use cobnut_store::Store;
use cobnut_xmpp_proto::xml::parse_stanza;
use jid::{BareJid, FullJid};
use minidom::{Element, Node as XmlNode};
use tokio::sync::mpsc;

use crate::service::{Login, Outbound, Outbox, Service};
use crate::settings::ServicePolicy;

/// Long enough for a busy machine; a test that waits for so long has failed.
const PATIENCE: Duration = Duration::from_mins(1);
pub(crate) const DOMAIN: &str = "example.net";

/// The accounts of every test.
const USERS: [&str; 4] = ["romeo", "juliet", "nurse", "tybalt"];

/// One node.
pub(crate) struct Node {
    pub(crate) service: Arc<Service>,
    pub(crate) cluster: Cluster,
    pub(crate) tasks: cobnut_net::Tasks,
}

/// A database and the nodes on it.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) nodes: Vec<Node>,
    policy: ServicePolicy,
    folder: tempfile::TempDir,
}

impl World {
    /// One node, not clustered.
    pub(crate) async fn single() -> Self {
        Self::with_policy(ServicePolicy::default()).await
    }

    /// One node whose operator chose something.
    pub(crate) async fn with_policy(policy: ServicePolicy) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db?mode=rwc", folder.path().display());
        let store = Store::open(&url).await.unwrap();
        for username in USERS {
            let user = User {
                username: username.to_owned(),
                name: None,
                email: None,
                created_at: UnixMillis(0),
                modified_at: UnixMillis(0),
            };
            store.create_user(&user, &[]).await.unwrap();
        }
        let mut world = Self { store, nodes: Vec::new(), policy, folder };
        world.add_node(Vec::new());
        world
    }

    /// Members of one cluster that see each other.
    pub(crate) async fn clustered(members: usize) -> Self {
        let world = Self::strangers(members).await;
        world.join().await;
        world
    }

    /// Nodes on one database whose clustering is off, except for the first one's.
    pub(crate) async fn strangers(nodes: usize) -> Self {
        Self::strangers_with(nodes, ServicePolicy::default()).await
    }

    /// The same where the operator chose something.
    pub(crate) async fn strangers_with(nodes: usize, policy: ServicePolicy) -> Self {
        let mut world = Self::with_policy(policy).await;
        world.nodes[0].cluster.enable().await.unwrap();
        let address = world.nodes[0].cluster.local_addr().unwrap();
        for _ in 1..nodes {
            world.add_node(vec![Candidate { host: address.ip().to_string(), ports: vec![address.port()] }]);
        }
        world
    }

    /// Switches clustering on everywhere and waits until all see all.
    pub(crate) async fn join(&self) {
        for node in &self.nodes[1..] {
            node.cluster.enable().await.unwrap();
        }
        for node in &self.nodes {
            eventually("all members", || node.cluster.members().len() == self.nodes.len()).await;
        }
    }

    /// Changes the database as an operator of Openfire does.
    pub(crate) async fn execute(&self, sql: &'static str) {
        use sqlx::Connection as _;
        let url = format!("sqlite://{}/test.db", self.folder.path().display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }

    fn add_node(&mut self, candidates: Vec<Candidate>) {
        let number = u8::try_from(self.nodes.len() + 1).unwrap();
        let (cluster, events, tasks, metrics) = self.new_cluster(number, candidates);
        let domain: BareJid = DOMAIN.parse().unwrap();
        let service = Service::new(
            domain,
            self.store.clone(),
            cluster.clone(),
            tasks.clone(),
            &metrics,
            self.policy.clone(),
        );
        tasks.spawn("events", Arc::clone(&service).run_events(events));
        self.nodes.push(Node { service, cluster, tasks });
    }

    /// A member that hears everything and does nothing about it, for as long as its events are kept and not read.
    pub(crate) async fn wedged_member(&self, number: u8) -> (Cluster, mpsc::Receiver<ClusterEvent>) {
        let address = self.nodes[0].cluster.local_addr().unwrap();
        let candidate = Candidate { host: address.ip().to_string(), ports: vec![address.port()] };
        let (cluster, events, ..) = self.new_cluster(number, vec![candidate]);
        cluster.enable().await.unwrap();
        eventually("the wedged member", || cluster.members().len() == self.nodes.len() + 1).await;
        (cluster, events)
    }

    fn new_cluster(
        &self,
        number: u8,
        candidates: Vec<Candidate>,
    ) -> (Cluster, mpsc::Receiver<ClusterEvent>, cobnut_net::Tasks, cobnut_net::Metrics) {
        let identity = NodeIdentity {
            node_id: NodeId([number; 16]),
            name: format!("node-{number}"),
            domain: DOMAIN.to_owned(),
            version: "1.2.3".to_owned(),
        };
        let settings = MeshSettings {
            cluster_name: "test".to_owned(),
            bind_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            port_tries: 1,
            candidates,
            heartbeat_interval: Duration::from_secs(1),
            suspect_after: Duration::from_secs(3),
            dead_after: Duration::from_secs(5),
            public_address: None,
            outbound_ports: Vec::new(),
            membership: cobnut_mesh::MembershipSettings::default(),
            multicast: None,
            protection: cobnut_mesh::Protection::default(),
        };
        let secret = SharedSecret { database_id: [1; 16], secret: [2; 32] };
        let tasks = cobnut_net::Tasks::new();
        let metrics = cobnut_net::Metrics::new();
        let state = self.folder.path().join(format!("node-{number}.json"));
        let (cluster, events) = Cluster::new(identity, settings, secret, state, tasks.clone(), &metrics);
        (cluster, events, tasks, metrics)
    }

    /// A session on the first node.
    pub(crate) async fn login(&self, jid: &str) -> Client {
        self.login_at(0, jid).await
    }

    /// A session on a node.
    pub(crate) async fn login_at(&self, node: usize, jid: &str) -> Client {
        self.login_with_queue(node, jid, 512).await
    }

    /// A session without an account, on a node.
    pub(crate) async fn anonymous_at(&self, node: usize, jid: &str) -> Client {
        self.bind(node, jid, 512, true).await
    }

    /// A session whose queue takes only some stanzas.
    pub(crate) async fn login_with_queue(&self, node: usize, jid: &str, queue: usize) -> Client {
        self.bind(node, jid, queue, false).await
    }

    async fn bind(&self, node: usize, jid: &str, queue: usize, is_anonymous: bool) -> Client {
        let jid: FullJid = jid.parse().unwrap();
        let (outbox, inbox) = mpsc::channel(queue);
        let login = Login {
            user: jid.to_bare(),
            resource: Some(jid.resource().to_string()),
            remote_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            is_encrypted: true,
            is_anonymous,
        };
        let service = Arc::clone(&self.nodes[node].service);
        let bound = service.bind(login, outbox.clone()).await.unwrap();
        assert_eq!(bound, jid);
        Client { jid, service, outbox, inbox }
    }

    /// A session that has sent its initial presence and read the reflection of it.
    pub(crate) async fn online(&self, jid: &str) -> Client {
        self.online_at(0, jid).await
    }

    /// [`Self::online`] on a node.
    pub(crate) async fn online_at(&self, node: usize, jid: &str) -> Client {
        let mut client = self.login_at(node, jid).await;
        client.send("<presence/>").await;
        client.expect(&format!("<presence from='{jid}' to='{jid}'/>")).await;
        client
    }

    /// Lets two accounts see each other.
    pub(crate) async fn befriend(&self, one: &str, other: &str) {
        for (user, contact) in [(one, other), (other, one)] {
            let contact: BareJid = format!("{contact}@{DOMAIN}").parse().unwrap();
            self.store
                .update_roster_item(user, &contact, |_| {
                    let item = cobnut_model::RosterItem {
                        jid: contact.clone(),
                        name: None,
                        groups: Vec::new(),
                        subscription: cobnut_model::Subscription::Both,
                        ask: cobnut_model::Ask::None,
                        pending_in: None,
                        is_visible: true,
                    };
                    (Some(item), ())
                })
                .await
                .unwrap();
        }
    }

    /// Waits until every node knows of a session what `wanted` says.
    pub(crate) async fn until_known(
        &self,
        jid: &str,
        wanted: impl Fn(Option<&cobnut_model::SessionRecord>) -> bool,
    ) {
        let jid: FullJid = jid.parse().unwrap();
        for node in &self.nodes {
            eventually("session known", || {
                wanted(node.cluster.sessions().get(&jid).as_ref().map(|entry| &*entry.record))
            })
            .await;
        }
    }
}

/// Waits for a fact that has no event of its own.
pub(crate) async fn eventually(what: &str, fact: impl Fn() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !fact() {
        assert!(tokio::time::Instant::now() < deadline, "waited in vain: {what}");
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A bound session without a connection.
pub(crate) struct Client {
    pub(crate) jid: FullJid,
    pub(crate) service: Arc<Service>,
    pub(crate) outbox: Outbox,
    pub(crate) inbox: mpsc::Receiver<Outbound>,
}

impl Client {
    /// The client sends a stanza.
    pub(crate) async fn send(&self, stanza: &str) {
        let stanza = parse_stanza(stanza.as_bytes()).unwrap();
        self.service.handle(&self.jid, stanza).await.unwrap();
    }

    async fn next(&mut self) -> Outbound {
        tokio::time::timeout(PATIENCE, self.inbox.recv())
            .await
            .unwrap_or_else(|_| panic!("{} waited in vain", self.jid))
            .expect("queue open")
    }

    /// The next stanza that the client gets.
    pub(crate) async fn receive(&mut self) -> Element {
        match self.next().await {
            Outbound::Stanza(bytes) => parse_stanza(&bytes).unwrap(),
            other => panic!("{} closed: {other:?}", self.jid),
        }
    }

    /// The next stanza must be this one; an attribute or text `*` stands for anything.
    pub(crate) async fn expect(&mut self, stanza: &str) {
        let expected = parse_stanza(stanza.as_bytes()).unwrap();
        let received = self.receive().await;
        assert!(
            matches(&expected, &received),
            "{}\nexpected {}\nreceived {}",
            self.jid,
            String::from(&expected),
            String::from(&received)
        );
    }

    /// The next stanzas must be these, in any order.
    pub(crate) async fn expect_all(&mut self, stanzas: &[&str]) {
        let mut missing: Vec<Element> =
            stanzas.iter().map(|stanza| parse_stanza(stanza.as_bytes()).unwrap()).collect();
        while !missing.is_empty() {
            let received = self.receive().await;
            let Some(index) = missing.iter().position(|expected| matches(expected, &received)) else {
                panic!("{} did not expect {}", self.jid, String::from(&received));
            };
            missing.swap_remove(index);
        }
    }

    /// Nothing is waiting for the client: the answer to a ping comes next.
    pub(crate) async fn expect_nothing(&mut self) {
        self.send("<iq type='get' id='sync' to='example.net'><ping xmlns='urn:xmpp:ping'/></iq>").await;
        let jid = self.jid.clone();
        self.expect(&format!("<iq type='result' id='sync' from='example.net' to='{jid}'/>")).await;
    }

    /// Sends a request and checks the answer.
    pub(crate) async fn ask(&mut self, request: &str, answer: &str) {
        self.send(request).await;
        self.expect(answer).await;
    }

    /// The stream must be closed with a condition.
    pub(crate) async fn expect_close(&mut self, condition: &str) {
        match self.next().await {
            Outbound::Close(error) => assert_eq!(error.condition, condition),
            other => panic!("{} got {other:?}", self.jid),
        }
    }

    /// The connection ends; what was queued and not read goes back.
    pub(crate) async fn close(mut self) {
        let mut unwritten: Vec<Bytes> = Vec::new();
        while let Ok(outbound) = self.inbox.try_recv() {
            if let Outbound::Stanza(stanza) = outbound {
                unwritten.push(stanza);
            }
        }
        self.service.closed(&self.jid, &self.outbox, unwritten).await;
    }
}

fn matches(expected: &Element, received: &Element) -> bool {
    let is_same = |expected: &str, received: &str| expected == "*" || expected == received;
    expected.name() == received.name()
        && expected.ns() == received.ns()
        && expected.attrs().iter().count() == received.attrs().iter().count()
        && expected.attrs().iter().all(|((_, name), value)| {
            received.attr(name.as_str()).is_some_and(|received| is_same(value, received))
        })
        && expected.nodes().count() == received.nodes().count()
        && expected.nodes().zip(received.nodes()).all(|(expected, received)| match (expected, received) {
            (XmlNode::Element(expected), XmlNode::Element(received)) => matches(expected, received),
            (XmlNode::Text(expected), XmlNode::Text(received)) => is_same(expected, received),
            _ => false,
        })
}
