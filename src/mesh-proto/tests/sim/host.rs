//! One simulated machine and the process on it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use bytes::BytesMut;
use cobnut_mesh_proto::{Candidate, Config, ConnId, MembershipRules, Node, Origin, Timestamp};

use crate::application::Application;
use crate::plan::{Conditions, Machine};

/// Milliseconds since 1970 when the simulation starts, for a host whose clock is right.
const EPOCH_MS: u64 = 100_000_000;

pub(crate) struct Process {
    pub(crate) node: Node,
    pub(crate) application: Application,
    pub(crate) inputs: BTreeMap<ConnId, BytesMut>,
    /// Connections that the driver has, dials included.
    pub(crate) open: BTreeSet<ConnId>,
    /// When the next tick is scheduled.
    pub(crate) armed: Option<u64>,
    /// Ticks in the current second, to notice a node that spins.
    pub(crate) ticks: (u64, u64),
    /// Number of the process, over all hosts.
    pub(crate) run: u64,
    /// It said goodbye.
    pub(crate) has_left: bool,
}

pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    pub(crate) machine: Machine,
    pub(crate) process: Option<Process>,
    pub(crate) paused_until: u64,
    /// When something last happened to it that its members have to get over.
    pub(crate) troubled_at: u64,
    /// The machine is off: nothing answers, not even with a refusal.
    pub(crate) is_dark: bool,
    candidates: Vec<Candidate>,
    used: BTreeSet<u64>,
}

impl Host {
    pub(crate) fn new(index: usize, machine: Machine) -> Self {
        let candidate = |ip: String| Candidate { host: ip, ports: vec![5701] };
        let typo = machine.has_typo.then(|| candidate("10.0.0:1:5701".to_owned()));
        let known = machine.knows.iter().map(|&known| candidate(address_of(known).ip().to_string()));
        Self {
            address: address_of(index),
            candidates: known.chain(typo).collect(),
            machine,
            process: None,
            paused_until: 0,
            troubled_at: 0,
            is_dark: false,
            used: BTreeSet::new(),
        }
    }

    pub(crate) fn start(&mut self, index: usize, now: u64, run: u64, seed: u64, conditions: &Conditions) {
        self.is_dark = false;
        let mut entropy = [number(index); 32];
        entropy[..8].copy_from_slice(&seed.to_be_bytes());
        entropy[8..16].copy_from_slice(&run.to_be_bytes());
        let clock = self.wall_clock(now);
        let mut wire_versions = Config::WIRE_VERSIONS;
        if self.machine.is_old {
            wire_versions.1 = if index.is_multiple_of(2) { 1 } else { 2 };
        }
        let config = Config {
            origin: Origin { node: [number(index) + 1; 16], incarnation: clock },
            name: format!("host{index}"),
            product: "sim".into(),
            cluster_name: "openfire".into(),
            domain: "example.org".into(),
            database_id: [1; 16],
            secret: [2; 32],
            address: self.address,
            candidates: self.candidates.clone(),
            joined_at: clock,
            heartbeat_interval_ms: 1000,
            suspect_after_ms: 3000,
            dead_after_ms: 5000,
            alone_after_ms: 5000,
            wire_versions,
            rules: MembershipRules::default(),
            tombstones_max: conditions.tombstones_max,
            seed: entropy,
        };
        let origin = config.origin;
        self.process = Some(Process {
            node: Node::new(config, Timestamp(now)),
            application: Application::new(origin),
            inputs: BTreeMap::new(),
            open: BTreeSet::new(),
            armed: None,
            ticks: (0, 0),
            run,
            has_left: false,
        });
    }

    /// The process, if it is that run.
    pub(crate) fn process_of(&mut self, run: u64) -> Option<&mut Process> {
        self.process.as_mut().filter(|process| process.run == run)
    }

    pub(crate) fn origin(&self) -> Option<Origin> {
        self.process.as_ref().map(|process| process.node.origin())
    }

    /// Whether an earlier run began at a later time: the clock went back.
    pub(crate) fn has_had_later_clock(&self, incarnation: u64) -> bool {
        self.used.range(incarnation + 1..).next().is_some()
    }

    /// What the clock of the machine shows. It never shows the same twice at a start: two runs would be one.
    fn wall_clock(&mut self, now: u64) -> u64 {
        let mut clock = (EPOCH_MS + now).saturating_add_signed(self.machine.clock_ms);
        while !self.used.insert(clock) {
            clock += 1;
        }
        clock
    }
}

/// Which host a node id belongs to.
pub(crate) fn index_of(origin: Origin) -> usize {
    usize::from(origin.node[0] - 1)
}

fn number(index: usize) -> u8 {
    u8::try_from(index).expect("few hosts")
}

fn address_of(index: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, number(index) + 1], 5701))
}
