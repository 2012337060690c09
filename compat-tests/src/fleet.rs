//! A cluster of any size on a wire that can be disturbed: node hosts, a host for the database, one for clients.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use cobnut_test_support::{MariaDb, MariaDbOptions};
use serde_json::Value;

use crate::{
    Artifacts, DOMAIN, Host, Lab, Login, Need, Node, NodeOptions, SmallDisk, XmppClient, cobnut_binary,
    eventually, ready, repository_root,
};

/// The password of every account of a fleet.
pub const FLEET_PASSWORD: &str = "hazelnut";
/// The database that all nodes share.
const DATABASE: &str = "openfire";
/// Size of each node's disk: room for what a node keeps, filled up in a moment.
const DISK_MEBIBYTES: u32 = 2;

/// How the nodes of a fleet find each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Discovery {
    /// Every file names every node.
    TcpIp,
    /// No file names anybody.
    Multicast,
    /// The article's files: all nodes but the first have its typo where the first one should stand.
    Typo,
}

impl Discovery {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::TcpIp, Self::Multicast, Self::Typo];

    /// The configuration of one node of several. With two nodes `Typo` is the article's files as printed.
    fn document(self, node: usize, nodes: usize, properties: &[(String, String)]) -> Result<String> {
        let fragment = self.fragment(node, nodes)?;
        if properties.is_empty() {
            return Ok(fragment);
        }
        // Properties have no place in a fragment of `<network>`.
        let properties = properties
            .iter()
            .map(|(name, value)| format!("    <property name=\"{name}\">{value}</property>\n"))
            .collect::<Vec<_>>()
            .concat();
        Ok(format!(
            "<hazelcast>\n  <properties>\n{properties}  </properties>\n  <network>\n{fragment}  </network>\n\
             </hazelcast>\n"
        ))
    }

    fn fragment(self, node: usize, nodes: usize) -> Result<String> {
        if let (Self::Typo, 2) = (self, nodes) {
            let path = repository_root().join(format!("conf/article/server{}.xml", node + 1));
            return fs::read_to_string(&path).with_context(|| format!("read {}", path.display()));
        }
        let multicast = matches!(self, Self::Multicast);
        let members: String = (0..nodes)
            .map(|other| match (self, node, other) {
                (Self::Typo, 1.., 0) => "        <member>192.168.5:1:5701</member>\n".to_owned(),
                _ => format!("        <member>{}:5701</member>\n", address(other)),
            })
            .collect();
        let members = if multicast { String::new() } else { members };
        Ok(format!(
            "<join>\n    <multicast enabled=\"{multicast}\">\n        <multicast-group>224.2.2.3</multicast-group>\n        \
             <multicast-port>54327</multicast-port>\n    </multicast>\n    <tcp-ip enabled=\"{}\">\n{members}    \
             </tcp-ip>\n    <aws enabled=\"false\"/>\n</join>\n<interfaces enabled=\"true\">\n    \
             <interface>{}</interface>\n</interfaces>\n",
            !multicast,
            address(node),
        ))
    }
}

/// The address of a node; they are numbered from 0.
fn address(node: usize) -> Ipv4Addr {
    // A fleet has fewer than 90 nodes, see `Fleet::prepare`.
    Ipv4Addr::new(192, 168, 5, u8::try_from(node + 1).unwrap_or(u8::MAX))
}

/// What differs between fleets.
#[derive(Debug, Clone)]
pub struct FleetOptions {
    /// How many nodes.
    pub nodes: usize,
    /// How they find each other.
    pub discovery: Discovery,
    /// Accounts `user000000`, `user000001`, …, all with [`FLEET_PASSWORD`].
    pub users: usize,
    /// The switch is a wire that loses and delays frames as this seed decides; `None` takes the kernel's bridge, which
    /// costs less.
    pub wire: Option<u64>,
    /// `<properties>` of every node: name and value.
    pub properties: Vec<(String, String)>,
}

/// The fleet. Fields are dropped in order: processes before disks and hosts.
#[derive(Debug)]
pub struct Fleet {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The disk of each node's data folder.
    pub disks: Vec<SmallDisk>,
    /// The database.
    pub database: MariaDb,
    /// Where clients run.
    pub client_host: Arc<Host>,
    /// Held for the database, which may be started again.
    _database_host: Arc<Host>,
    ids: Vec<String>,
    lab: Lab,
}

/// The client ports of a fleet's nodes, seen from the clients' host.
#[derive(Debug, Clone)]
pub struct Door {
    client_host: Arc<Host>,
    at: Vec<SocketAddr>,
}

impl Door {
    /// Logs account number `user` in on a node.
    pub fn login(&self, node: usize, user: usize, resource: &str) -> Result<XmppClient> {
        let login = Login {
            domain: DOMAIN.to_owned(),
            user: format!("user{user:06}"),
            password: FLEET_PASSWORD.to_owned(),
            resource: resource.to_owned(),
        };
        let at = self.at.get(node).with_context(|| format!("there is no node {}", node + 1))?;
        XmppClient::login(&self.client_host, *at, &login)
    }
}

impl Fleet {
    /// Whether fleets can run here; the skip has been announced otherwise.
    #[must_use]
    pub fn ready(test: &str) -> bool {
        ready(
            test,
            &[
                Need::Namespaces,
                Need::File("/dev/net/tun", "kmod, then: modprobe tun"),
                Need::Program("mariadbd", "mariadb-server"),
                Need::Program("setpriv", "util-linux"),
                Need::Program("mount", "mount"),
            ],
        )
    }

    /// Builds hosts, database, accounts and files; starts no node.
    pub fn prepare(test: &str, options: &FleetOptions) -> Result<Self> {
        ensure!((1..90).contains(&options.nodes), "a fleet has 1 to 89 nodes");
        let mut lab = match options.wire {
            Some(seed) => Lab::with_wire(test, seed)?,
            None => Lab::new(test)?,
        };
        let client_host = lab.host("client", Ipv4Addr::new(192, 168, 5, 100))?;
        let database_host = lab.host("db", Ipv4Addr::new(192, 168, 5, 101))?;
        let ip = IpAddr::V4(database_host.address());
        let server = MariaDbOptions { bind: ip, port: 3306, prefix: database_host.prefix() };
        let database = MariaDb::start_with(&server).context("MariaDB is not installed")?;
        database.execute(&format!("CREATE DATABASE {DATABASE}"));
        let (mut nodes, mut disks) = (Vec::new(), Vec::new());
        for index in 0..options.nodes {
            let name = format!("node{}", index + 1);
            let host = lab.host(&name, address(index))?;
            let config = lab.artifacts().path(&format!("{name}.xml"));
            fs::write(&config, options.discovery.document(index, options.nodes, &options.properties)?)
                .with_context(|| format!("write {}", config.display()))?;
            let node_options = NodeOptions {
                config,
                database: database.url(DATABASE),
                domain: DOMAIN.to_owned(),
                clustering: Some(true),
                extra: Vec::new(),
            };
            let node = Node::new(&name, &host, lab.artifacts(), node_options)?;
            disks.push(SmallDisk::mount(&node.folder().join("data"), DISK_MEBIBYTES)?);
            nodes.push(node);
        }
        add_users(&database_host, &database.url(DATABASE), options.users)?;
        let ids = Vec::new();
        Ok(Self { nodes, disks, database, client_host, _database_host: database_host, ids, lab })
    }

    /// Builds everything, starts all nodes and waits until they are one cluster.
    pub fn start(test: &str, options: &FleetOptions, form_limit: Duration) -> Result<Self> {
        let mut fleet = Self::prepare(test, options)?;
        for node in &mut fleet.nodes {
            node.launch()?;
        }
        for node in &mut fleet.nodes {
            node.wait_until_serving()?;
        }
        fleet.wait_until_formed(form_limit)?;
        fleet.ids = fleet.nodes.iter().map(Node::id).collect::<Result<_>>()?;
        Ok(fleet)
    }

    /// Waits until every node sees all of them.
    pub fn wait_until_formed(&mut self, limit: Duration) -> Result<()> {
        let size = self.nodes.len();
        self.nodes.iter_mut().try_for_each(|node| node.wait_for_cluster_size(size, limit).map(|_| ()))
    }

    /// The stable id of a node.
    pub fn id(&self, node: usize) -> &str {
        self.ids.get(node).map_or("", String::as_str)
    }

    /// The lab, for treatments of the wire.
    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    /// The artifacts folder of this test.
    pub fn artifacts(&self) -> &Artifacts {
        self.lab.artifacts()
    }

    /// Logs account number `user` in on a node.
    pub fn login(&self, node: usize, user: usize, resource: &str) -> Result<XmppClient> {
        self.door().login(node, user, resource)
    }

    /// Where clients come in; other threads can use it, whatever happens to the nodes meanwhile.
    pub fn door(&self) -> Door {
        let at = self.nodes.iter().map(|node| node.host().socket(5222)).collect();
        Door { client_host: Arc::clone(&self.client_host), at }
    }

    /// Waits until each of these nodes shows exactly these sessions (full JID, id of the holder), and all of them the same
    /// record for each.
    pub fn wait_for_agreement(
        &self,
        nodes: &[usize],
        truth: &BTreeMap<String, String>,
        limit: Duration,
    ) -> Result<Duration> {
        let agreed = eventually("the same sessions on all nodes", limit, || {
            let mut first: Option<(usize, BTreeMap<String, Value>)> = None;
            for &node in nodes {
                let dump = self.nodes[node].session_dump()?;
                let differences = differences(truth, &dump);
                if !differences.is_empty() {
                    bail!(
                        "node {} differs from what clients hold:\n  {}",
                        node + 1,
                        differences.join("\n  ")
                    );
                }
                match &first {
                    None => first = Some((node, dump)),
                    Some((other, held)) => {
                        let unlike = held.iter().find(|(jid, record)| dump.get(*jid) != Some(*record));
                        if let Some((jid, record)) = unlike {
                            bail!(
                                "{jid} is {record} on node {} and {:?} on node {}",
                                other + 1,
                                dump.get(jid),
                                node + 1
                            );
                        }
                    }
                }
            }
            Ok(Some(()))
        });
        agreed.map(|((), took)| took)
    }
}

/// Creates the accounts with the command line tool.
fn add_users(host: &Host, database: &str, users: usize) -> Result<()> {
    let mut command = host.command(cobnut_binary()?);
    command.args(["user", "import", "--database", database, "-"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("run cobnut")?;
    let lines: Vec<String> = (0..users).map(|user| format!("user{user:06},{FLEET_PASSWORD}\n")).collect();
    let mut input = child.stdin.take().context("the command reads nothing")?;
    input.write_all(lines.concat().as_bytes()).context("hand over the accounts")?;
    drop(input);
    let output = child.wait_with_output().context("wait for the import")?;
    if !output.status.success() {
        bail!("cobnut user import failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// What is missing, left over or held elsewhere in a dump, one line each.
fn differences(truth: &BTreeMap<String, String>, dump: &BTreeMap<String, Value>) -> Vec<String> {
    let mut lines = Vec::new();
    for (jid, holder) in truth {
        match dump.get(jid) {
            None => lines.push(format!("{jid} is missing, node {holder} holds it")),
            Some(record) if record["node_id"] != Value::String(holder.clone()) => {
                lines.push(format!("{jid} is said to be held by {}, not by {holder}", record["node_id"]));
            }
            Some(_) => {}
        }
    }
    let left_over = dump.keys().filter(|jid| !truth.contains_key(*jid));
    lines.extend(left_over.map(|jid| format!("{jid} is left over: no client holds it")));
    lines
}

impl Node {
    /// Every session of the cluster as this node knows it, by full JID, with all fields of the API.
    pub fn session_dump(&self) -> Result<BTreeMap<String, Value>> {
        let sessions = self.view().sessions()?.into_iter();
        sessions
            .map(|session| {
                let jid = session["jid"].as_str().with_context(|| format!("no JID in {session}"))?;
                Ok((jid.to_owned(), session))
            })
            .collect()
    }

    /// Its stable id, while it runs.
    pub fn id(&self) -> Result<String> {
        let cluster = self.api("cluster")?;
        let members = cluster["members"].as_array().into_iter().flatten();
        let own = members.into_iter().find(|member| member["self"] == Value::Bool(true));
        let id = own.and_then(|member| member["id"].as_str());
        id.map(str::to_owned).with_context(|| format!("no own id in {cluster}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_differ_where_they_should() -> Result<()> {
        assert!(Discovery::Typo.fragment(1, 2)?.contains("192.168.5:1:5701"));
        assert!(!Discovery::Typo.fragment(0, 3)?.contains("192.168.5:1:5701"));
        let third = Discovery::Typo.fragment(2, 3)?;
        assert!(third.contains("192.168.5:1:5701") && third.contains("192.168.5.2:5701"));
        assert!(!Discovery::Multicast.fragment(0, 3)?.contains("<member>"));
        assert_eq!(Discovery::TcpIp.fragment(4, 5)?.matches("<member>").count(), 5);
        let document = Discovery::TcpIp.document(0, 2, &[("a".to_owned(), "1".to_owned())])?;
        assert!(
            document.starts_with("<hazelcast>") && document.contains("<property name=\"a\">1</property>")
        );
        Ok(())
    }

    #[test]
    fn every_kind_of_difference_is_named() {
        let truth =
            [("a", "1"), ("b", "1"), ("c", "2")].map(|(jid, node)| (jid.to_owned(), node.to_owned())).into();
        let record = |node: &str| json!({ "node_id": node });
        let dump = [("a", record("1")), ("b", record("2")), ("d", record("1"))]
            .map(|(jid, record)| (jid.to_owned(), record))
            .into();
        let found = differences(&truth, &dump);
        assert_eq!(found.len(), 3, "{found:?}");
        for (line, part) in found.iter().zip(["b is said", "c is missing", "d is left over"]) {
            assert!(line.contains(part), "{line}");
        }
    }
}
