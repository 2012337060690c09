//! One simulated machine: its running node, what its application knows, what it remembers for the checks.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use cobnut_mesh_proto::{
    Candidate, Config, ConnId, MembershipRules, Node, Origin, Tally, Timestamp, entry_hash,
};

/// A reader's copy of one origin's entries, with the epoch in which each was last seen.
#[derive(Default)]
pub(crate) struct Copy {
    pub(crate) epoch: u64,
    /// Whether mischief was done to it that is not known to be made good.
    pub(crate) is_spoilt: bool,
    pub(crate) entries: BTreeMap<(u16, Bytes), (Bytes, u64)>,
}

pub(crate) struct Process {
    pub(crate) node: Node,
    pub(crate) own: BTreeMap<(u16, Bytes), Bytes>,
    pub(crate) copies: BTreeMap<Origin, Copy>,
    pub(crate) members: BTreeSet<Origin>,
    pub(crate) inputs: BTreeMap<ConnId, BytesMut>,
    pub(crate) is_alone: bool,
    /// When the next tick is scheduled.
    pub(crate) armed: Option<u64>,
    /// Number of the process, over all hosts.
    pub(crate) run: u64,
    /// It said goodbye.
    pub(crate) has_left: bool,
}

pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) process: Option<Process>,
    pub(crate) paused_until: u64,
    /// The machine is off: nothing answers, not even with a refusal.
    pub(crate) is_dark: bool,
}

impl Process {
    pub(crate) fn copy_of(&mut self, origin: Origin) -> Result<&mut Copy, String> {
        self.copies.get_mut(&origin).ok_or_else(|| format!("an entry of {origin:?}, who is no member"))
    }

    /// Asks for everything again if the copy of an origin is not what the origin says; an error if nobody spoilt it.
    pub(crate) fn compare(&mut self, origin: Origin, maps: &[(u16, Tally)]) -> Result<(), String> {
        let me = self.node.origin();
        let copy = self.copy_of(origin)?;
        let mut held: BTreeMap<u16, Tally> = BTreeMap::new();
        for ((map, key), (value, _)) in &copy.entries {
            held.entry(*map).or_default().add(entry_hash(*map, key, value));
        }
        let differs = held.into_iter().collect::<Vec<_>>() != maps;
        if differs && !copy.is_spoilt {
            return Err(format!("{me:?} raised a false alarm about its copy of {origin:?}"));
        }
        copy.is_spoilt = differs;
        if differs {
            self.node.handle_divergence(origin);
        }
        Ok(())
    }

    pub(crate) fn entry(
        &mut self,
        origin: Origin,
        key: (u16, Bytes),
        value: Option<Bytes>,
    ) -> Result<(), String> {
        let copy = self.copy_of(origin)?;
        match value {
            Some(value) => copy.entries.insert(key, (value, copy.epoch)),
            None => copy.entries.remove(&key),
        };
        Ok(())
    }
}

impl Host {
    pub(crate) fn new(index: usize) -> Self {
        let octet = u8::try_from(index + 1).expect("few hosts");
        Self {
            address: SocketAddr::from(([10, 0, 0, octet], 5701)),
            candidates: Vec::new(),
            process: None,
            paused_until: 0,
            is_dark: false,
        }
    }

    pub(crate) fn start(&mut self, index: usize, now: u64, run: u64, clock_skew: u64, seed: u64) {
        self.is_dark = false;
        let mut entropy = [u8::try_from(index).expect("few hosts"); 32];
        entropy[..8].copy_from_slice(&seed.to_be_bytes());
        entropy[8..16].copy_from_slice(&run.to_be_bytes());
        let clock = 1_000_000 + clock_skew + now;
        let config = Config {
            origin: Origin { node: [u8::try_from(index + 1).expect("few hosts"); 16], incarnation: clock },
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
            wire_versions: Config::WIRE_VERSIONS,
            tombstones_max: 2,
            rules: MembershipRules::default(),
            seed: entropy,
        };
        self.process = Some(Process {
            node: Node::new(config, Timestamp(now)),
            own: BTreeMap::new(),
            copies: BTreeMap::new(),
            members: BTreeSet::new(),
            inputs: BTreeMap::new(),
            is_alone: false,
            armed: None,
            run,
            has_left: false,
        });
    }
}
