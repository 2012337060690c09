//! Bytes on a member's port: of a stranger, and of a member that has proven itself. No panic, no endless loop, no memory
//! without bound, and another member stays one whatever the first one says.
#![no_main]

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::BytesMut;
use cobnut_mesh_proto::{Candidate, Config, ConnId, DialFailure, MembershipRules, Node, Origin, Output, Timestamp};

libfuzzer_sys::fuzz_target!(|data: &[u8]| link(data));

/// Nodes that reach each other at once; the last one says what the fuzzer wants.
const NODES: u8 = 3;
/// Longer inputs teach nothing and cost time.
const LONGEST: usize = 1 << 16;

fn link(data: &[u8]) {
    let Some((&how, data)) = data.split_first() else { return };
    let mut lab = Lab::formed();
    let data = data.get(..LONGEST).unwrap_or(data);
    let victim = 0;
    let conn = if how & 1 == 0 {
        lab.nodes[victim].handle_incoming(lab.now, address(9))
    } else {
        let speaks = usize::from(NODES - 1);
        let of_last = |&(_, &(to, _)): &(&End, &End)| to == speaks;
        let Some((&(_, conn), _)) = lab.wires.iter().filter(|((at, _), _)| *at == victim).find(of_last) else { return };
        conn
    };
    // In pieces, as TCP delivers them.
    let mut rest = BytesMut::new();
    for piece in data.chunks(usize::from(how >> 1).saturating_mul(16) + 1) {
        rest.extend_from_slice(piece);
        lab.nodes[victim].handle_bytes(lab.now, conn, &mut rest);
    }
    lab.pass(1000);
    let bystander = lab.nodes[1].origin();
    assert!(lab.nodes[victim].members().iter().any(|member| member.origin == bystander), "a bystander was removed");
}

type End = (usize, ConnId);

struct Lab {
    now: Timestamp,
    nodes: Vec<Node>,
    wires: BTreeMap<End, End>,
}

fn address(index: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, index + 1], 5701))
}

fn config(index: u8) -> Config {
    let candidate = |other: u8| Candidate { host: address(other).ip().to_string(), ports: vec![5701] };
    Config {
        origin: Origin { node: [index + 1; 16], incarnation: 1 },
        name: format!("node{index}"),
        product: "fuzz".to_owned(),
        cluster_name: "openfire".to_owned(),
        domain: "example.org".to_owned(),
        database_id: [1; 16],
        secret: [2; 32],
        address: address(index),
        candidates: (0..NODES).filter(|other| *other != index).map(candidate).collect(),
        joined_at: 1000 + u64::from(index),
        heartbeat_interval_ms: 1000,
        suspect_after_ms: 3000,
        dead_after_ms: 5000,
        alone_after_ms: 5000,
        wire_versions: Config::WIRE_VERSIONS,
        tombstones_max: 100,
        rules: MembershipRules::default(),
        seed: [index; 32],
    }
}

impl Lab {
    /// A cluster of all nodes.
    fn formed() -> Self {
        let now = Timestamp(0);
        let nodes = (0..NODES).map(|index| Node::new(config(index), now)).collect();
        let mut lab = Self { now, nodes, wires: BTreeMap::new() };
        lab.pass(1500);
        for node in &lab.nodes {
            assert_eq!(node.members().len(), usize::from(NODES), "no cluster before anything was spoilt");
        }
        lab
    }

    fn pass(&mut self, ms: u64) {
        let end = self.now.plus(ms);
        self.settle();
        while self.now < end {
            self.now = self.now.plus(100);
            for node in &mut self.nodes {
                node.handle_timeout(self.now);
            }
            self.settle();
        }
    }

    fn settle(&mut self) {
        let mut is_busy = true;
        while is_busy {
            is_busy = false;
            for index in 0..self.nodes.len() {
                while let Some(output) = self.nodes[index].poll_output() {
                    is_busy = true;
                    self.perform(index, output);
                }
            }
            let ends: Vec<(End, End)> = self.wires.iter().map(|(&from, &to)| (from, to)).collect();
            for ((from, conn), (to, other)) in ends {
                let mut bytes = BytesMut::new();
                if self.nodes[from].poll_transmit(conn, &mut bytes, 1 << 16) {
                    is_busy = true;
                    self.nodes[to].handle_bytes(self.now, other, &mut bytes);
                }
            }
        }
    }

    fn perform(&mut self, index: usize, output: Output) {
        match output {
            Output::Dial { conn, address: target } => {
                let Some(other) = (0..NODES).find(|&other| address(other) == target).map(usize::from) else {
                    return self.nodes[index].handle_dial_failed(self.now, conn, DialFailure::Refused);
                };
                let from = address(u8::try_from(index).unwrap_or(NODES));
                let accepted = self.nodes[other].handle_incoming(self.now, from);
                self.wires.insert((index, conn), (other, accepted));
                self.wires.insert((other, accepted), (index, conn));
                self.nodes[index].handle_connected(self.now, conn);
            }
            Output::Close(conn) | Output::Abort(conn) => {
                self.nodes[index].handle_closed(self.now, conn, "closed");
                if let Some((other, theirs)) = self.wires.remove(&(index, conn)) {
                    self.wires.remove(&(other, theirs));
                    self.nodes[other].handle_closed(self.now, theirs, "closed");
                }
            }
            _ => {}
        }
    }
}
