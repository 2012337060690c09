//! One member of a Cobnut cluster: the mesh and the session map as the server uses them, without XMPP.

use std::io::{BufRead as _, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use anyhow::{Context as _, Result};
use cobnut_mesh::{
    Candidate, Cluster, MembershipSettings, MeshSettings, NodeIdentity, Protection, SharedSecret,
};
use cobnut_model::{Jids, NodeId, PresenceState, SessionRecord, Show, UnixMillis};
use cobnut_net::{MemberTls, Metrics};
use jid::FullJid;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use crate::MemberArgs;
use crate::commands::Command;

/// How often a wait looks again; the same as in `MapMember.java`.
const POLL: Duration = Duration::from_micros(50);

/// How old the figures of the metrics may be: they are taken once a second.
const FIGURES_AGE_MAX: Duration = Duration::from_millis(1200);

struct Member {
    cluster: Cluster,
    metrics: Metrics,
    value_bytes: usize,
}

/// Obeys standard input until it ends.
pub(crate) fn run(arguments: &MemberArgs) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("start a runtime")?;
    let folder = tempfile::tempdir().context("make a folder")?;
    let metrics = Metrics::new();
    let (cluster, mut events) = {
        let _inside = runtime.enter();
        Cluster::new(
            identity(arguments.port),
            settings(arguments)?,
            SharedSecret { database_id: [1; 16], secret: [2; 32] },
            folder.path().join("clustering.json"),
            cobnut_net::Tasks::new(),
            &metrics,
        )
    };
    runtime.spawn(async move { while events.recv().await.is_some() {} });
    runtime.block_on(cluster.enable()).context("join")?;
    let member = Member { cluster, metrics, value_bytes: arguments.value_bytes };
    say(&json!({ "at": monotonic_ns() }))?;
    for line in std::io::stdin().lock().lines() {
        let answer = member.obey(line.context("read a command")?.parse()?)?;
        say(&answer)?;
    }
    Ok(())
}

fn identity(port: u16) -> NodeIdentity {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&port.to_be_bytes());
    NodeIdentity {
        node_id: NodeId(id),
        name: "mapbench".to_owned(),
        domain: "example.org".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn settings(arguments: &MemberArgs) -> Result<MeshSettings> {
    let candidate = |&port: &u16| Candidate { host: "127.0.0.1".to_owned(), ports: vec![port] };
    let tls = if arguments.clear { None } else { Some(MemberTls::ephemeral().context("make a key")?) };
    Ok(MeshSettings {
        cluster_name: "mapbench".to_owned(),
        bind_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: arguments.port,
        port_tries: 1,
        public_address: None,
        outbound_ports: Vec::new(),
        candidates: arguments.ports.iter().map(candidate).collect(),
        heartbeat_interval: Duration::from_secs(1),
        suspect_after: Duration::from_secs(3),
        dead_after: Duration::from_secs(5),
        membership: MembershipSettings { newest_wire: arguments.wire, ..MembershipSettings::default() },
        multicast: None,
        protection: Protection { tls, ..Protection::default() },
    })
}

impl Member {
    fn obey(&self, command: Command) -> Result<Value> {
        match command {
            Command::Members(count) => until(|| self.cluster.members().len() as u64 == count),
            Command::Fill { from, count } => {
                for number in from..from + count {
                    self.cluster.publish(self.record(number)?);
                }
            }
            Command::Stamp { from, count, stamp } => {
                for number in from..from + count {
                    self.change(number, stamp)?;
                }
            }
            Command::Size(count) => until(|| self.cluster.sessions().len() as u64 == count),
            Command::All { from, count, stamp } => {
                for number in from..from + count {
                    let key = key(number)?;
                    until(|| self.is_at_least(&key, stamp));
                }
            }
            Command::Await { key: number, stamp } => {
                let key = key(number)?;
                until(|| self.is_at_least(&key, stamp));
            }
            Command::Put { key, stamp } => {
                let before = monotonic_ns();
                self.change(key, stamp)?;
                return Ok(json!({ "at": before }));
            }
            Command::Usage => return Ok(json!({ "cpu_us": cpu_micros() })),
            Command::Sent => return Ok(json!({ "bytes": self.sent_bytes()? })),
            Command::Memory => return Ok(json!({ "bytes": anonymous_bytes()? })),
        }
        Ok(json!({ "at": monotonic_ns() }))
    }

    fn record(&self, number: u64) -> Result<SessionRecord> {
        Ok(SessionRecord {
            jid: key(number)?,
            bound_at: UnixMillis(number),
            remote_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            is_encrypted: true,
            presence: Some(PresenceState::new(1, Show::Available, None, &self.stanza(number))),
            is_interested: true,
            has_carbons: false,
            directed_to: Jids::default(),
            active_at: UnixMillis(0),
            hides_presence: false,
            is_anonymous: false,
        })
    }

    /// What Spark sends: much of it the same for everybody, an id and the hash of a picture of one's own. Digits that nobody
    /// can compress fill it up.
    fn stanza(&self, number: u64) -> Vec<u8> {
        let mut own = number.wrapping_add(1);
        let mut digits = |count: usize| -> String {
            let mut next = || {
                own = own.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
                char::from_digit(u32::try_from(own >> 60).unwrap_or_default(), 16).unwrap_or('0')
            };
            (0..count).map(|_| next()).collect()
        };
        let mut stanza = format!(
            "<presence xmlns='jabber:client' from='user{number}@example.org/Spark' id='{}'><priority>1</priority>\
             <x xmlns='vcard-temp:x:update'><photo>{}</photo></x><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' \
             node='http://www.igniterealtime.org/projects/smack' ver='NfJ3flI83zSdUDzCEICtbypursw='/></presence>",
            digits(8),
            digits(40),
        )
        .into_bytes();
        let lacking = self.value_bytes.saturating_sub(stanza.len());
        stanza.extend(digits(lacking).into_bytes());
        stanza.truncate(self.value_bytes);
        stanza
    }

    fn sent_bytes(&self) -> Result<u64> {
        std::thread::sleep(FIGURES_AGE_MAX);
        let text = self.metrics.encode();
        let value = text.lines().find_map(|line| line.strip_prefix("cobnut_mesh_sent_bytes_total "));
        value.context("no such metric")?.parse().context("a number")
    }

    fn change(&self, number: u64, stamp: u64) -> Result<()> {
        let was_there = self.cluster.update(&key(number)?, |record| record.active_at = UnixMillis(stamp));
        anyhow::ensure!(was_there, "entry {number} is not there");
        Ok(())
    }

    fn is_at_least(&self, key: &FullJid, stamp: u64) -> bool {
        self.cluster.sessions().get(key).is_some_and(|entry| entry.record.active_at.0 >= stamp)
    }
}

fn key(number: u64) -> Result<FullJid> {
    FullJid::new(&format!("user{number}@example.org/Spark")).context("a JID")
}

fn until(done: impl Fn() -> bool) {
    while !done() {
        std::thread::sleep(POLL);
    }
}

fn say(answer: &Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{answer}").context("answer")?;
    out.flush().context("answer")
}

/// The clock that `System.nanoTime` reads in a Java process on the same machine.
fn monotonic_ns() -> u64 {
    nanoseconds(ClockId::Monotonic)
}

fn cpu_micros() -> u64 {
    nanoseconds(ClockId::ProcessCPUTime) / 1000
}

fn nanoseconds(clock: ClockId) -> u64 {
    let now = clock_gettime(clock);
    let part = |number: i64| u64::try_from(number).unwrap_or_default();
    part(now.tv_sec) * 1_000_000_000 + part(now.tv_nsec)
}

/// Heap and stacks, as the kernel counts them.
fn anonymous_bytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("read /proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).context("RssAnon")?;
    let kilobytes: u64 = line.split_whitespace().next().context("RssAnon")?.parse().context("RssAnon")?;
    Ok(kilobytes * 1024)
}
