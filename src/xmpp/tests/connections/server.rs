//! One node on loopback: SQLite in a temporary folder, a cluster of one, any free ports.

use std::net::SocketAddr;
use std::time::Duration;

use cobnut_mesh::{Candidate, Cluster, MembershipSettings, MeshSettings, NodeIdentity, SharedSecret};
use cobnut_model::{NodeId, ScramKeys, UnixMillis, User};
use cobnut_net::{ClientCertificates, Metrics, Tasks, tls};
use cobnut_store::{CreateUser, Store};
use cobnut_xmpp::{Xmpp, XmppParts, XmppSettings};
use cobnut_xmpp_proto::sasl::new_password_keys;

use crate::client::PATIENCE;

pub(crate) const DOMAIN: &str = "example.org";

pub(crate) struct Server {
    pub(crate) xmpp: Xmpp,
    pub(crate) cluster: Cluster,
    pub(crate) store: Store,
    pub(crate) metrics: Metrics,
    tasks: Tasks,
    url: String,
    _folder: tempfile::TempDir,
}

/// Which node of a cluster a server is.
#[derive(Default)]
struct Site {
    number: u8,
    database: Option<String>,
    candidates: Vec<Candidate>,
    membership: MembershipSettings,
    client_certificates: Option<ClientCertificates>,
}

fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A server with other settings than the defaults.
    pub(crate) async fn with(change: impl FnOnce(&mut XmppSettings)) -> Self {
        Self::on("", change).await
    }

    /// A server that asks clients for certificates.
    pub(crate) async fn asking_for_certificates(judge: ClientCertificates) -> Self {
        let site = Site { client_certificates: Some(judge), ..Site::default() };
        Self::at(site, "", |_| {}).await
    }

    /// A server on a database that Openfire made, after these statements.
    pub(crate) async fn on_openfire(prepare: &'static str) -> Self {
        Self::on(prepare, |_| {}).await
    }

    /// Two nodes that are one cluster on one database.
    pub(crate) async fn pair() -> [Self; 2] {
        Self::pair_with(|_| {}).await
    }

    /// The same with other settings than the defaults.
    pub(crate) async fn pair_with(change: impl Fn(&mut XmppSettings)) -> [Self; 2] {
        let one = Self::on("", &change).await;
        one.cluster.enable().await.expect("enable");
        let two = one.another_with(MembershipSettings::default(), &change).await;
        [one, two]
    }

    /// A node that is no member of anything yet, with rules of membership.
    pub(crate) async fn with_membership(membership: MembershipSettings) -> Self {
        Self::at(Site { membership, ..Site::default() }, "", |_| {}).await
    }

    /// A second member on the same database; returns when both know where the other serves clients.
    pub(crate) async fn another(&self, membership: MembershipSettings) -> Self {
        self.another_with(membership, |_| {}).await
    }

    async fn another_with(
        &self,
        membership: MembershipSettings,
        change: impl FnOnce(&mut XmppSettings),
    ) -> Self {
        let one = self;
        let mesh = one.cluster.local_addr().expect("enabled");
        let candidates = vec![Candidate { host: mesh.ip().to_string(), ports: vec![mesh.port()] }];
        let site =
            Site { number: 1, database: Some(one.url.clone()), candidates, membership, ..Site::default() };
        let two = Self::at(site, "", change).await;
        two.cluster.enable().await.expect("enable");
        let is_formed = || {
            let knows = |server: &Self, other: &Self| {
                let record = server.cluster.record_of(other.cluster.identity().node_id);
                record.is_some_and(|record| record.listeners.iter().any(|listener| listener.service == "c2s"))
            };
            knows(one, &two) && knows(&two, one)
        };
        while !is_formed() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        two
    }

    async fn on(prepare: &'static str, change: impl FnOnce(&mut XmppSettings)) -> Self {
        Self::at(Site::default(), prepare, change).await
    }

    async fn at(site: Site, prepare: &'static str, change: impl FnOnce(&mut XmppSettings)) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let is_new = site.database.is_none();
        let own = || format!("sqlite://{}?mode=rwc", folder.path().join("test.db").display());
        let url = site.database.unwrap_or_else(own);
        let mut store = Store::open(&url).await.expect("store");
        if !prepare.is_empty() {
            store.close().await;
            let pool = sqlx::SqlitePool::connect(&url).await.expect("database");
            // What tells our databases from those of Openfire.
            sqlx::raw_sql("DROP TABLE cobnutMigration").execute(&pool).await.expect("drop");
            sqlx::raw_sql(prepare).execute(&pool).await.expect("prepare");
            pool.close().await;
            store = Store::open(&url).await.expect("store");
        }
        let (tasks, metrics) = (Tasks::new(), Metrics::new());
        let (cluster, events) = Cluster::new(
            NodeIdentity {
                node_id: NodeId([1 + site.number; 16]),
                name: "one".into(),
                domain: DOMAIN.into(),
                version: "0".into(),
            },
            MeshSettings {
                cluster_name: "test".into(),
                bind_ip: [127, 0, 0, 1].into(),
                port: 0,
                port_tries: 1,
                candidates: site.candidates,
                heartbeat_interval: Duration::from_secs(1),
                suspect_after: Duration::from_secs(3),
                dead_after: Duration::from_secs(5),
                public_address: None,
                outbound_ports: Vec::new(),
                membership: site.membership,
                multicast: None,
                protection: cobnut_mesh::Protection::default(),
            },
            SharedSecret { database_id: [0; 16], secret: [0; 32] },
            folder.path().join("clustering"),
            tasks.clone(),
            &metrics,
        );
        let mut settings = XmppSettings::new(DOMAIN);
        settings.c2s = Some(any_port());
        settings.c2s_tls = Some(any_port());
        change(&mut settings);
        let parts = XmppParts {
            store: store.clone(),
            cluster: cluster.clone(),
            events,
            tls: tls::load_or_generate(folder.path(), DOMAIN)
                .expect("certificate")
                .tls(site.client_certificates)
                .expect("TLS"),
            tasks: tasks.clone(),
            metrics: metrics.clone(),
        };
        let xmpp = Xmpp::start(settings, parts).await.expect("start");
        let server = Self { xmpp, cluster, store, metrics, tasks, url, _folder: folder };
        for username in ["alice", "bob"].into_iter().filter(|_| is_new) {
            server.add_user(username, &new_password_keys("secret", rand::fill)).await;
        }
        server
    }

    pub(crate) async fn add_user(&self, username: &str, keys: &[ScramKeys]) {
        let user = User {
            username: username.into(),
            name: None,
            email: None,
            created_at: UnixMillis(0),
            modified_at: UnixMillis(0),
        };
        assert_eq!(self.store.create_user(&user, keys).await.expect("create"), CreateUser::Created);
    }

    /// Leaves a password in clear, as an Openfire from before SCRAM did.
    pub(crate) async fn set_plain_password(&self, username: &str, password: &str) {
        let pool = sqlx::SqlitePool::connect(&self.url).await.expect("database");
        let query = sqlx::query("UPDATE ofUser SET plainPassword = ? WHERE username = ?");
        let changed = query.bind(password).bind(username).execute(&pool).await.expect("update");
        assert_eq!(changed.rows_affected(), 1);
        pool.close().await;
    }

    pub(crate) fn c2s(&self) -> SocketAddr {
        self.xmpp.c2s_addr().expect("port")
    }

    pub(crate) fn c2s_tls(&self) -> SocketAddr {
        self.xmpp.c2s_tls_addr().expect("port")
    }

    /// The value of one metric line, by its beginning.
    pub(crate) fn metric(&self, name: &str) -> Option<u64> {
        let text = self.metrics.encode();
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    }

    pub(crate) async fn until_metric(&self, name: &str, value: u64) {
        let is_there = async {
            while self.metric(name) != Some(value) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, is_there).await.expect(name);
    }

    pub(crate) async fn stop(self) {
        assert!(self.tasks.shut_down(Duration::from_secs(10)).await, "{:?}", self.tasks.running());
    }
}
