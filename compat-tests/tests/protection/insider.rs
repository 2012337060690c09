//! A member that knows the secret, and says what it likes after its proof.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use bytes::BytesMut;
use cobnut_mesh_proto::{
    Candidate, Config, ConnId, DialFailure, MembershipRules, Node, Origin, Output, Timestamp,
};
use compat_tests::{Cluster, Host};

/// How long one look at a connection waits for bytes.
const LOOK: Duration = Duration::from_millis(2);
/// Bytes that are handed over to a connection at a time.
const BATCH_BYTES: usize = 64 << 10;

/// The protocol's own state machine on plain sockets, for nodes with `--mesh-clear`. It dials both nodes of a cluster and
/// listens nowhere.
pub(crate) struct Insider {
    node: Node,
    host: Arc<Host>,
    began: Instant,
    streams: BTreeMap<ConnId, (SocketAddr, TcpStream, BytesMut)>,
    /// What its operator would be told.
    pub(crate) told: Vec<Output>,
}

impl Insider {
    /// Knows what is in the database now.
    pub(crate) fn new(cluster: &Cluster) -> Result<Self> {
        let database_id = bytes_of(cluster, "cobnut.database.id")?;
        let unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).context("a clock")?.as_millis();
        let unix_ms = u64::try_from(unix_ms).context("a clock")?;
        let candidate = |node: &compat_tests::Node| Candidate {
            host: node.host().address().to_string(),
            ports: vec![5701],
        };
        let config = Config {
            origin: Origin { node: [0x66; 16], incarnation: unix_ms },
            name: "insider".to_owned(),
            product: "test".to_owned(),
            cluster_name: "office".to_owned(),
            domain: "example.org".to_owned(),
            database_id: database_id.as_slice().try_into().context("16 bytes")?,
            secret: bytes_of(cluster, "cobnut.mesh.secret")?.as_slice().try_into().context("32 bytes")?,
            address: cluster.client_host.socket(5701),
            candidates: cluster.nodes.iter().map(candidate).collect(),
            joined_at: unix_ms,
            heartbeat_interval_ms: 1000,
            suspect_after_ms: 3000,
            dead_after_ms: 5000,
            alone_after_ms: 5000,
            wire_versions: Config::WIRE_VERSIONS,
            tombstones_max: 100,
            rules: MembershipRules::default(),
            seed: [0x66; 32],
        };
        Ok(Self {
            node: Node::new(config, Timestamp(0)),
            host: Arc::clone(&cluster.client_host),
            began: Instant::now(),
            streams: BTreeMap::new(),
            told: Vec::new(),
        })
    }

    /// Goes on until `is_done` says so.
    pub(crate) fn until(
        &mut self,
        what: &str,
        limit: Duration,
        mut is_done: impl FnMut(&Self) -> Result<bool>,
    ) -> Result<()> {
        let began = Instant::now();
        while !is_done(self)? {
            if began.elapsed() > limit {
                bail!("{what} did not happen within {limit:?}; the insider was told {:?}", self.told);
            }
            self.turn();
        }
        Ok(())
    }

    /// Links to members that have a connection.
    pub(crate) fn links(&self) -> usize {
        self.node.link_figures().into_iter().filter(|link| link.is_connected).count()
    }

    /// Writes bytes of its own to the connection with `to`, and returns which it is.
    pub(crate) fn say(&mut self, to: SocketAddr, bytes: &[u8]) -> Result<ConnId> {
        let mut streams = self.streams.iter_mut();
        let found = streams.find(|(_, (address, ..))| *address == to);
        let (id, (_, stream, _)) = found.with_context(|| format!("no connection to {to}"))?;
        stream.write_all(bytes).context("write to a member")?;
        Ok(*id)
    }

    /// Whether a connection is there.
    pub(crate) fn has(&self, id: ConnId) -> bool {
        self.streams.contains_key(&id)
    }

    fn now(&self) -> Timestamp {
        Timestamp(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn turn(&mut self) {
        self.node.handle_timeout(self.now());
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Dial { conn, address } => self.dial(conn, address),
                Output::Close(conn) | Output::Abort(conn) => {
                    self.write(conn);
                    self.streams.remove(&conn);
                    self.node.handle_closed(self.now(), conn, "closed");
                }
                Output::Wake(_) | Output::MembersChanged | Output::Entry { .. } | Output::Digest { .. } => {}
                output => self.told.push(output),
            }
        }
        let ids: Vec<ConnId> = self.streams.keys().copied().collect();
        if ids.is_empty() {
            std::thread::sleep(LOOK);
        }
        for id in ids {
            self.read(id);
            self.write(id);
        }
    }

    fn dial(&mut self, id: ConnId, address: SocketAddr) {
        let stream = self.host.connect(address).and_then(|stream| {
            stream.set_read_timeout(Some(LOOK)).context("set a timeout")?;
            Ok(stream)
        });
        match stream {
            Ok(stream) => {
                self.streams.insert(id, (address, stream, BytesMut::new()));
                self.node.handle_connected(self.now(), id);
            }
            Err(_) => self.node.handle_dial_failed(self.now(), id, DialFailure::Refused),
        }
    }

    fn read(&mut self, id: ConnId) {
        let now = self.now();
        let Some((_, stream, input)) = self.streams.get_mut(&id) else { return };
        let mut buffer = [0; 16 << 10];
        match stream.read(&mut buffer) {
            Ok(length @ 1..) => {
                input.extend_from_slice(&buffer[..length]);
                self.node.handle_bytes(now, id, input);
            }
            Err(err) if matches!(err.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Ok(_) | Err(_) => {
                self.streams.remove(&id);
                self.node.handle_closed(now, id, "the other end closed it");
            }
        }
    }

    fn write(&mut self, id: ConnId) {
        let mut batch = BytesMut::new();
        while self.node.poll_transmit(id, &mut batch, BATCH_BYTES) {
            // A broken connection shows when it is read.
            if let Some((_, stream, _)) = self.streams.get_mut(&id) {
                let _seen_when_read = stream.write_all(&batch);
            }
            batch.clear();
        }
    }
}

/// What a property in the cluster's database stands for in hexadecimal digits.
fn bytes_of(cluster: &Cluster, name: &str) -> Result<Vec<u8>> {
    let query = format!("SELECT propValue FROM openfire.ofProperty WHERE name = '{name}'");
    let text = cluster.database.execute(&query);
    let digits = text.split_whitespace().next().with_context(|| format!("no {name}"))?;
    let pairs = (0..digits.len()).step_by(2);
    pairs
        .map(|at| {
            let pair = digits.get(at..at + 2).context("an odd number of digits")?;
            u8::from_str_radix(pair, 16).with_context(|| format!("{name} is {digits}"))
        })
        .collect()
}
