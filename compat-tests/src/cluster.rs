//! The article's cluster, ready to use: two hosts, MariaDB on the first, a third host for clients.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use cobnut_test_support::{MariaDb, MariaDbOptions};

use crate::{
    Artifacts, Host, Lab, Login, Need, Node, NodeOptions, XmppClient, cobnut_command, eventually, ready,
    record_timing, repository_root,
};

/// The XMPP domain of every test cluster.
pub const DOMAIN: &str = "example.org";
/// Password of the `admin` user of every test cluster.
pub const ADMIN_PASSWORD: &str = "cob-and-nut";

/// How long two started nodes may take to be one cluster. The design says 5 s; a debug build on a busy
/// two-core machine gets a margin, and the measured time is recorded.
const FORM_LIMIT: Duration = Duration::from_secs(15);
/// How long a change of sessions may take to be known everywhere.
const SESSIONS_LIMIT: Duration = Duration::from_secs(10);
/// The database that both nodes share.
const DATABASE: &str = "openfire";
/// A second, unrelated database on the same server.
const OTHER_DATABASE: &str = "other";

/// What differs between tests.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The Hazelcast XML file of each node; the article's by default.
    pub configs: [PathBuf; 2],
    /// `--clustering on|off` for both.
    pub clustering: Option<bool>,
    /// Accounts to create besides `admin`: name and password.
    pub users: Vec<(String, String)>,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        let article = repository_root().join("conf/article");
        Self {
            configs: [article.join("server1.xml"), article.join("server2.xml")],
            clustering: None,
            users: [("10023", "hazel-23"), ("10024", "hazel-24")]
                .map(|(name, password)| (name.to_owned(), password.to_owned()))
                .to_vec(),
        }
    }
}

/// Two nodes at 192.168.5.1 and 192.168.5.2 of a lab, a database and a host for clients at 192.168.5.9.
///
/// Fields are dropped in order: processes before the hosts they run on.
#[derive(Debug)]
pub struct Cluster {
    /// The nodes; not started by [`Cluster::prepare`].
    pub nodes: [Node; 2],
    /// The database on the first host.
    pub database: MariaDb,
    /// Where clients, browsers and balancers run.
    pub client_host: Arc<Host>,
    users: Vec<(String, String)>,
    lab: Lab,
}

impl Cluster {
    /// What every cluster test needs; pass further needs of the test itself.
    #[must_use]
    pub fn ready(test: &str, further: &[Need]) -> bool {
        let mut needs = vec![
            Need::Namespaces,
            Need::Program("mariadbd", "mariadb-server"),
            Need::Program("setpriv", "util-linux"),
        ];
        needs.extend_from_slice(further);
        ready(test, &needs)
    }

    /// Builds hosts and database and creates the accounts; starts no node.
    pub fn prepare(test: &str, options: &ClusterOptions) -> Result<Self> {
        let mut lab = Lab::new(test)?;
        let hosts = [
            lab.host("one", Ipv4Addr::new(192, 168, 5, 1))?,
            lab.host("two", Ipv4Addr::new(192, 168, 5, 2))?,
        ];
        let client_host = lab.host("client", Ipv4Addr::new(192, 168, 5, 9))?;
        let database = start_database(&hosts[0])?;
        let node = |index: usize| {
            let node_options = NodeOptions {
                config: options.configs[index].clone(),
                database: database.url(DATABASE),
                domain: DOMAIN.to_owned(),
                clustering: options.clustering,
                extra: Vec::new(),
            };
            Node::new(&format!("node{}", index + 1), &hosts[index], lab.artifacts(), node_options)
        };
        let nodes = [node(0)?, node(1)?];
        let cluster = Self { nodes, database, client_host, users: options.users.clone(), lab };
        cluster.add_user("admin", ADMIN_PASSWORD)?;
        for (name, password) in &options.users {
            cluster.add_user(name, password)?;
        }
        Ok(cluster)
    }

    /// Builds everything, starts both nodes and waits until they are one cluster.
    pub fn start(test: &str, options: &ClusterOptions) -> Result<Self> {
        let mut cluster = Self::prepare(test, options)?;
        let started = Instant::now();
        for node in &mut cluster.nodes {
            node.launch()?;
        }
        for node in &mut cluster.nodes {
            node.wait_until_serving()?;
        }
        cluster.wait_until_formed()?;
        record_timing(&format!("{test}: one cluster since both nodes were started"), started.elapsed());
        Ok(cluster)
    }

    /// Makes the table in which nodes of one database find each other unusable, so that a test of another way proves that
    /// one. What nodes do with a database that is of no use for this is tested by the way.
    pub fn forbid_discovery_by_database(&self) {
        self.database.execute(&format!(
            "DROP TABLE IF EXISTS {DATABASE}.cobnutNode; CREATE TABLE {DATABASE}.cobnutNode (x INTEGER)"
        ));
    }

    /// Waits until both nodes see two members; returns how long that took.
    pub fn wait_until_formed(&mut self) -> Result<Duration> {
        let started = Instant::now();
        for node in &mut self.nodes {
            node.wait_for_cluster_size(2, FORM_LIMIT)?;
        }
        Ok(started.elapsed())
    }

    /// Waits until both nodes know the same client sessions, and exactly those of these full JIDs.
    pub fn wait_for_sessions(&self, jids: &[&str]) -> Result<()> {
        let mut expected: Vec<&str> = jids.to_vec();
        expected.sort_unstable();
        eventually("both nodes knowing the same sessions", SESSIONS_LIMIT, || {
            let [one, two] = [self.nodes[0].sessions()?, self.nodes[1].sessions()?];
            let known: Vec<&str> = one.iter().map(|(jid, _)| jid.as_str()).collect();
            if one == two && known == expected {
                return Ok(Some(()));
            }
            bail!("expected {expected:?}; node 1 knows {one:?}, node 2 knows {two:?}")
        })
        .map(|_| ())
    }

    /// Creates an account with the command line tool, from the first host.
    pub fn add_user(&self, name: &str, password: &str) -> Result<()> {
        let url = self.database.url(DATABASE);
        let arguments = ["user", "add", name, "--password", password, "--database", &url];
        let host = Some(self.nodes[0].host().as_ref());
        let output = cobnut_command(host, self.artifacts().folder(), &arguments)?;
        if !output.status.success() {
            bail!("cobnut user add {name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// The URL of a database that is not the cluster's.
    pub fn other_database(&self) -> String {
        self.database.url(OTHER_DATABASE)
    }

    /// The lab, for more hosts.
    pub fn lab(&mut self) -> &mut Lab {
        &mut self.lab
    }

    /// The artifacts folder of this test.
    pub fn artifacts(&self) -> &Artifacts {
        self.lab.artifacts()
    }

    /// The password of one of the accounts.
    pub fn password(&self, user: &str) -> Result<&str> {
        let found = self.users.iter().find(|(name, _)| name == user);
        found.map(|(_, password)| password.as_str()).with_context(|| format!("no account {user}"))
    }

    /// Logs a user in on node 0 or 1 (STARTTLS, PLAIN, bind), from the clients' host.
    pub fn login(&self, node: usize, user: &str, resource: &str) -> Result<XmppClient> {
        let login = Login {
            domain: DOMAIN.to_owned(),
            user: user.to_owned(),
            password: self.password(user)?.to_owned(),
            resource: resource.to_owned(),
        };
        XmppClient::login(&self.client_host, self.nodes[node].host().socket(5222), &login)
    }
}

/// MariaDB at port 3306 of this host, with empty databases.
fn start_database(host: &Host) -> Result<MariaDb> {
    let options = MariaDbOptions { bind: IpAddr::V4(host.address()), port: 3306, prefix: host.prefix() };
    let server = MariaDb::start_with(&options).context("MariaDB is not installed")?;
    for database in [DATABASE, OTHER_DATABASE] {
        server.execute(&format!("CREATE DATABASE {database}"));
    }
    Ok(server)
}
