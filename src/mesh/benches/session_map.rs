//! What the session maps cost: `cargo bench -p cobnut-mesh --bench session_map`.
//!
//! Two nodes in one process on loopback: the first owns all sessions, the second joins empty and reads them. Memory is
//! what the system counts as resident, divided by the entries. Prints and fails on nothing: rates depend on the machine
//! and on who else uses it. `COBNUT_BENCH_ENTRIES` changes the number of entries (1,000,000).

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a benchmark prints figures and ends at the first failure"
)]

use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cobnut_mesh::{Candidate, Cluster, ClusterEvent, MeshSettings, NodeIdentity, Protection, SharedSecret};
use cobnut_model::{Jids, NodeId, PresenceState, SessionRecord, Show, UnixMillis};
use cobnut_net::{Metrics, Tasks};
use jid::FullJid;
use tokio::sync::mpsc;

/// Names the case that this process measures; each gets a process of its own, because memory once taken stays resident.
const CASE: &str = "COBNUT_BENCH_CASE";

fn main() {
    match std::env::var(CASE).as_deref() {
        Ok("bound") => measure(false),
        Ok("available") => measure(true),
        _ => {
            for case in ["bound", "available"] {
                let myself = std::env::current_exe().unwrap();
                assert!(Command::new(myself).env(CASE, case).status().unwrap().success());
            }
        }
    }
}

fn jid(number: u64) -> FullJid {
    FullJid::new(&format!("user{number:07}@example.org/Spark 3.0.2")).unwrap()
}

/// A session as Spark makes it: bound only, or with the presence that Spark sends.
fn record(number: u64, is_available: bool) -> SessionRecord {
    let jid = jid(number);
    let presence = is_available.then(|| {
        let stanza = format!(
            "<presence from='{jid}' id='abcde-12'><status>Online</status><priority>1</priority></presence>"
        );
        PresenceState::new(1, Show::Available, Some("Online"), stanza.as_bytes())
    });
    SessionRecord {
        jid,
        bound_at: UnixMillis(1_700_000_000_000 + number),
        remote_ip: IpAddr::V4(Ipv4Addr::new(192, 168, 5, 9)),
        is_encrypted: true,
        presence,
        is_interested: is_available,
        has_carbons: false,
        directed_to: Jids::default(),
        active_at: UnixMillis(1_700_000_000_000 + number),
        hides_presence: false,
        is_anonymous: false,
    }
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) * 1024
}

struct BenchNode {
    cluster: Cluster,
    tasks: Tasks,
    _folder: tempfile::TempDir,
}

fn node(last: u8, candidates: Vec<Candidate>) -> (BenchNode, mpsc::Receiver<ClusterEvent>) {
    let folder = tempfile::tempdir().unwrap();
    let tasks = Tasks::new();
    let identity = NodeIdentity {
        node_id: NodeId([last; 16]),
        name: format!("bench{last}"),
        domain: "example.org".into(),
        version: "bench".into(),
    };
    let settings = MeshSettings {
        cluster_name: "openfire".into(),
        bind_ip: IpAddr::from([127, 0, 9, last]),
        port: 0,
        port_tries: 1,
        candidates,
        heartbeat_interval: Duration::from_secs(1),
        suspect_after: Duration::from_secs(3),
        dead_after: Duration::from_secs(5),
        public_address: None,
        outbound_ports: Vec::new(),
        multicast: None,
        protection: Protection::default(),
        membership: cobnut_mesh::MembershipSettings::default(),
    };
    let secret = SharedSecret { database_id: [1; 16], secret: [2; 32] };
    let state = folder.path().join("clustering.json");
    let (cluster, events) = Cluster::new(identity, settings, secret, state, tasks.clone(), &Metrics::new());
    (BenchNode { cluster, tasks, _folder: folder }, events)
}

/// Reads events as the server does, and drops them.
fn drain(tasks: &Tasks, mut events: mpsc::Receiver<ClusterEvent>) {
    tasks.spawn("bench events", async move { while events.recv().await.is_some() {} });
}

/// Asks a node for its members all the time, from a thread: the longest answer is the longest time that the lock of the
/// state machine was held (or that this thread was not run).
struct Probe {
    longest_us: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Probe {
    fn of(cluster: Cluster) -> Self {
        let (longest_us, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let probe = Self { longest_us: Arc::clone(&longest_us), stop: Arc::clone(&stop) };
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let begin = Instant::now();
                cluster.local_addr();
                longest_us.fetch_max(begin.elapsed().as_micros() as u64, Ordering::Relaxed);
                std::thread::sleep(Duration::from_micros(200));
            }
        });
        probe
    }

    fn take(&self) -> f64 {
        self.longest_us.swap(0, Ordering::Relaxed) as f64 / 1000.0
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn until(mut is_so: impl FnMut() -> bool) -> Duration {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_mins(5), "did not happen");
        std::thread::sleep(Duration::from_micros(500));
    }
    begin.elapsed()
}

fn row(what: &str, figure: f64, unit: &str) {
    println!("  {what:<58} {figure:>12.1} {unit}");
}

fn measure(is_available: bool) {
    let count: u64 =
        std::env::var("COBNUT_BENCH_ENTRIES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    println!("{count} sessions, {}", if is_available { "available (with presence)" } else { "bound only" });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let per_entry = |before: u64, after: u64| after.saturating_sub(before) as f64 / count as f64;
    let (owner, events) = runtime.block_on(async { node(1, Vec::new()) });
    let _entered = runtime.enter();
    drain(&owner.tasks, events);
    runtime.block_on(owner.cluster.enable()).unwrap();

    let empty = resident();
    let begin = Instant::now();
    for number in 0..count {
        let _unseen = owner.cluster.publish(record(number, is_available));
    }
    let took = begin.elapsed();
    let owned = resident();
    row("owner: bytes for each entry", per_entry(empty, owned), "B");
    row("owner: puts", count as f64 / took.as_secs_f64(), "/s");

    let begin = Instant::now();
    let found = (0..count).filter(|number| owner.cluster.sessions().get(&jid(*number)).is_some()).count();
    let parsing = Instant::now();
    (0..count).for_each(|number| drop(std::hint::black_box(jid(number))));
    let lookups = (parsing - begin).saturating_sub(parsing.elapsed());
    assert_eq!(found as u64, count);
    row("lookups by full JID", count as f64 / lookups.as_secs_f64(), "/s");

    let port = owner.cluster.local_addr().unwrap();
    let candidate = Candidate { host: port.ip().to_string(), ports: vec![port.port()] };
    let (reader, events) = runtime.block_on(async { node(2, vec![candidate]) });
    drain(&reader.tasks, events);
    let (of_owner, of_reader) = (Probe::of(owner.cluster.clone()), Probe::of(reader.cluster.clone()));
    let before = resident();
    runtime.block_on(reader.cluster.enable()).unwrap();
    let took = until(|| reader.cluster.sessions().len() as u64 == count);
    row("an empty node has everything after", took.as_secs_f64() * 1000.0, "ms");
    row("reader: bytes for each entry", per_entry(before, resident()), "B");
    row("  longest lock meanwhile, owner", of_owner.take(), "ms");
    row("  longest lock meanwhile, reader", of_reader.take(), "ms");

    let mut times: Vec<Duration> = (0..300)
        .map(|number: u64| {
            let jid = jid(number * 7 % count);
            owner.cluster.update(&jid, |record| record.active_at = UnixMillis(number));
            until(|| {
                reader.cluster.sessions().get(&jid).is_some_and(|entry| entry.record.active_at.0 == number)
            })
        })
        .collect();
    times.sort_unstable();
    row("one update is seen by the other node after (median)", times[150].as_secs_f64() * 1000.0, "ms");
    row("  at most", times[299].as_secs_f64() * 1000.0, "ms");

    let begin = Instant::now();
    for number in 0..count {
        owner.cluster.update(&jid(number), |record| record.active_at = UnixMillis(1));
    }
    let took = begin.elapsed();
    let last = jid(count - 1);
    until(|| reader.cluster.sessions().get(&last).is_some_and(|entry| entry.record.active_at.0 == 1));
    row("updates, sender", count as f64 / took.as_secs_f64(), "/s");
    row("updates, seen by the other node", count as f64 / begin.elapsed().as_secs_f64(), "/s");
    of_reader.take();

    runtime.block_on(owner.cluster.disable());
    let took = until(|| reader.cluster.sessions().is_empty());
    row("entries of a member that left are gone after", took.as_secs_f64() * 1000.0, "ms");
    row("  longest lock meanwhile, reader", of_reader.take(), "ms");
    drop((of_owner, of_reader));
    runtime.block_on(async {
        reader.tasks.shut_down(Duration::from_secs(20)).await;
        owner.tasks.shut_down(Duration::from_secs(20)).await;
    });
}
