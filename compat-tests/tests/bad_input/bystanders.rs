//! A cluster with two people who chat from different nodes while somebody misbehaves.

use std::time::Duration;

use anyhow::{Result, ensure};
use compat_tests::{Cluster, ClusterOptions, XmppClient};

/// How long a message may take while the cluster is under attack.
const ARRIVAL_LIMIT: Duration = Duration::from_secs(10);

/// The cluster and its two users.
pub(crate) struct Bystanders {
    pub(crate) cluster: Cluster,
    one: XmppClient,
    two: XmppClient,
    processes: Vec<u32>,
    chats: u32,
}

impl Bystanders {
    /// Starts the cluster and logs both in.
    pub(crate) fn start(test: &str) -> Result<Self> {
        let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
        let mut one = cluster.login(0, "10023", "Spark")?;
        let mut two = cluster.login(1, "10024", "Spark")?;
        one.go_online()?;
        two.go_online()?;
        one.sync()?;
        two.sync()?;
        let processes = process_ids(&mut cluster)?;
        Ok(Self { cluster, one, two, processes, chats: 0 })
    }

    /// A message each way.
    pub(crate) fn chat(&mut self) -> Result<()> {
        self.chats += 1;
        let (there, back) = (format!("there {}", self.chats), format!("back {}", self.chats));
        self.one.message(self.two.jid(), &there)?;
        self.two.wait_for_message(&there, ARRIVAL_LIMIT)?;
        self.two.message(self.one.jid(), &back)?;
        self.one.wait_for_message(&back, ARRIVAL_LIMIT)?;
        Ok(())
    }

    /// Everything is as before: same processes, one cluster, nobody panicked, new logins work, the chat goes on.
    pub(crate) fn assert_unharmed(&mut self) -> Result<()> {
        ensure!(process_ids(&mut self.cluster)? == self.processes, "a node was restarted");
        for node in &mut self.cluster.nodes {
            ensure!(node.cluster_size()? == 2, "{} sees another number of members", node.name());
            let log = node.process()?.log();
            ensure!(!log.contains("panicked"), "{} panicked:\n{log}", node.name());
        }
        for node in [0, 1] {
            self.cluster.login(node, "10023", "New")?.close()?;
        }
        self.chat()
    }
}

fn process_ids(cluster: &mut Cluster) -> Result<Vec<u32>> {
    let ids = cluster.nodes.iter_mut().map(|node| {
        let process = node.process()?;
        process.assert_running()?;
        Ok(process.id())
    });
    ids.collect()
}
