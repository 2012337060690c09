//! Two or three nodes wired together without delays: what the hello decides.

mod links;
mod refusals;
mod rotation;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};

use crate::{
    Candidate, Config, ConnId, DialFailure, LeaveReason, MembershipRules, Node, Origin, Output, RefusalCode,
    Timestamp,
};

fn address(index: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, index], 5701))
}

/// Node `index`, which knows the nodes `known`.
fn config(index: u8, known: &[u8]) -> Config {
    let candidate = |&known: &u8| Candidate { host: format!("10.0.0.{known}"), ports: vec![5701] };
    Config {
        origin: Origin { node: [index; 16], incarnation: u64::from(index) },
        name: format!("host{index}"),
        product: "test".into(),
        cluster_name: "openfire".into(),
        domain: "example.org".into(),
        database_id: [1; 16],
        secret: [2; 32],
        address: address(index),
        candidates: known.iter().map(candidate).collect(),
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

/// Nodes on one wire without delay. Time passes only in [`Lab::pass`].
struct Lab {
    now: Timestamp,
    nodes: Vec<Node>,
    wires: BTreeMap<(usize, ConnId), (usize, ConnId)>,
    outputs: Vec<(usize, Output)>,
    /// Bytes until one is spoiled.
    spoil_after: Option<usize>,
}

impl Lab {
    fn new(configs: Vec<Config>) -> Self {
        let now = Timestamp(0);
        let nodes = configs.into_iter().map(|config| Node::new(config, now)).collect();
        Self { now, nodes, wires: BTreeMap::new(), outputs: Vec::new(), spoil_after: None }
    }

    fn pass(&mut self, ms: u64) {
        let end = self.now.plus(ms);
        self.settle();
        while self.now < end {
            self.now = self.now.plus(10);
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
            let ends: Vec<_> = self.wires.iter().map(|(&from, &to)| (from, to)).collect();
            for ((from, conn), (to, other)) in ends {
                let mut bytes = BytesMut::new();
                if self.nodes[from].poll_transmit(conn, &mut bytes, 1 << 16) {
                    is_busy = true;
                    self.spoil(&mut bytes);
                    self.nodes[to].handle_bytes(self.now, other, &mut bytes);
                }
            }
        }
    }

    fn spoil(&mut self, bytes: &mut BytesMut) {
        let Some(left) = self.spoil_after else { return };
        if let Some(byte) = bytes.get_mut(left) {
            *byte ^= 0x55;
        }
        self.spoil_after = left.checked_sub(bytes.len());
    }

    fn perform(&mut self, index: usize, output: Output) {
        match output {
            Output::Dial { conn, address: target } => {
                let found = (0..self.nodes.len()).find(|&other| self.nodes[other].config.address == target);
                let Some(other) = found else {
                    return self.nodes[index].handle_dial_failed(self.now, conn, DialFailure::Refused);
                };
                let from = self.nodes[index].config.address;
                let accepted = self.nodes[other].handle_incoming(self.now, from);
                self.wires.insert((index, conn), (other, accepted));
                self.wires.insert((other, accepted), (index, conn));
                self.nodes[index].handle_connected(self.now, conn);
            }
            Output::Close(conn) | Output::Abort(conn) => {
                let mut rest = BytesMut::new();
                while self.nodes[index].poll_transmit(conn, &mut rest, 1 << 16) {}
                self.nodes[index].handle_closed(self.now, conn, "closed");
                if let Some((other, theirs)) = self.wires.remove(&(index, conn)) {
                    self.wires.remove(&(other, theirs));
                    self.nodes[other].handle_bytes(self.now, theirs, &mut rest);
                    self.nodes[other].handle_closed(self.now, theirs, "closed");
                }
            }
            Output::Wake(_) => {}
            other => self.outputs.push((index, other)),
        }
    }

    /// Of two members that know each other the second stands still until the first gives it up, and comes back without
    /// having noticed anything. Outputs are those of its return.
    fn stop_the_second_until_it_is_given_up(&mut self) {
        let second = self.nodes[1].origin();
        self.wires.clear();
        let stopped = self.nodes.pop().expect("two nodes");
        self.pass(5500);
        assert!(!self.nodes[0].is_member(second));
        self.nodes.push(stopped);
        self.outputs.clear();
        self.pass(10_000);
        assert_eq!(self.sizes(), [2, 2]);
    }

    fn sizes(&self) -> Vec<usize> {
        self.nodes.iter().map(|node| node.members().len()).collect()
    }

    fn refusals(&self) -> Vec<(usize, RefusalCode, bool)> {
        let refusal = |(index, output): &(usize, Output)| match output {
            Output::Refused { code, by_peer, .. } => Some((*index, *code, *by_peer)),
            _ => None,
        };
        self.outputs.iter().filter_map(refusal).collect()
    }
}

#[test]
fn a_joiner_is_told_all_members_and_one_connection_stays_for_each_pair() {
    // The third knows the second only; the first two know each other and dial at the same time.
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[1]), config(3, &[2])]);
    lab.pass(3000);
    assert_eq!(lab.sizes(), [3, 3, 3]);
    assert_eq!(lab.wires.len(), 2 * 3, "one connection for each pair");
    let lists: Vec<Vec<Origin>> =
        lab.nodes.iter().map(|node| node.members().iter().map(|member| member.origin).collect()).collect();
    assert!(lists.iter().all(|list| *list == lists[0]), "{lists:?}");
}

#[test]
fn versions_are_negotiated_or_refused() {
    for (one, two, size) in
        [((1, 1), (1, 3), 2), ((1, 2), (2, 3), 2), ((3, 3), (1, 3), 2), ((1, 1), (2, 3), 1)]
    {
        let mut configs = vec![config(1, &[2]), config(2, &[])];
        configs[0].wire_versions = one;
        configs[1].wire_versions = two;
        let mut lab = Lab::new(configs);
        lab.pass(1000);
        assert_eq!(lab.sizes(), [size, size], "{one:?} {two:?}");
        if size == 1 {
            assert!(lab.refusals().contains(&(0, RefusalCode::Version, true)));
            assert!(lab.refusals().contains(&(1, RefusalCode::Version, false)));
        }
    }
}

/// Whoever speaks an earlier version gets the same entries in more bytes.
#[test]
fn who_catches_up_is_sent_compressed_changes_if_it_understands_them() {
    for (version, is_compressed) in [(1, false), (2, false), (3, true)] {
        let old = |config: Config| Config { wire_versions: (1, version), ..config };
        let mut lab = Lab::new(vec![config(1, &[2]), old(config(2, &[]))]);
        for number in 0..1000 {
            let key = Bytes::from(format!("user{number}@example.org/Spark"));
            lab.nodes[0].put(1, key, Bytes::from_static(b"<presence><priority>1</priority></presence>"));
        }
        lab.pass(1000);
        let entries =
            lab.outputs.iter().filter(|(at, output)| *at == 1 && matches!(output, Output::Entry { .. }));
        assert_eq!(entries.count(), 1000);
        let counters = lab.nodes[0].counters();
        let (from, to) = (counters.compressed_from_bytes, counters.compressed_to_bytes);
        assert_eq!((from > 60_000, to > 0), (is_compressed, is_compressed), "{version}: {from} to {to}");
        assert!(to * 3 <= from && counters.bytes_sent > to, "{from} to {to}");
        assert_eq!(lab.nodes[1].counters().compressed_from_bytes, 0);
    }
}

#[test]
fn what_differs_is_named_on_both_sides_and_tried_again_slowly() {
    type Spoil = fn(&mut Config);
    let cases: [(Spoil, RefusalCode); 5] = [
        (|config| config.database_id = [9; 16], RefusalCode::Database),
        (|config| config.secret = [9; 32], RefusalCode::Secret),
        (|config| config.cluster_name = "dev".into(), RefusalCode::ClusterName),
        (|config| config.domain = "other.org".into(), RefusalCode::Domain),
        (|config| config.origin.node = [1; 16], RefusalCode::NodeId),
    ];
    for (spoil, code) in cases {
        let mut configs = vec![config(1, &[2]), config(2, &[])];
        spoil(&mut configs[1]);
        let mut lab = Lab::new(configs);
        lab.pass(1000);
        assert_eq!(lab.sizes(), [1, 1]);
        let mut refusals = lab.refusals();
        refusals.sort_unstable();
        assert_eq!(refusals, [(0, code, true), (1, code, false)]);
        lab.pass(20_000);
        let tries = lab.refusals().len() / 2;
        assert!((2..=6).contains(&tries), "{code:?}: {tries} tries");
    }
}

#[test]
fn a_node_that_dials_itself_notices_it() {
    let mut own = config(1, &[1]);
    own.address = SocketAddr::from(([0, 0, 0, 0], 5701));
    let mut lab = Lab::new(vec![own]);
    lab.nodes[0].config.address = address(1);
    lab.pass(10_000);
    assert_eq!(lab.refusals(), [(0, RefusalCode::Myself, false), (0, RefusalCode::Myself, true)]);
    assert!(!lab.outputs.contains(&(0, Output::Alone(true))), "it expects nobody else");
}

#[test]
fn a_recorded_hello_proves_nothing() {
    let mut lab = Lab::new(vec![config(1, &[]), config(2, &[])]);
    lab.settle();
    let [victim, caller] = &mut lab.nodes[..] else { panic!("two nodes") };
    let now = Timestamp(0);
    let mut record = Vec::new();
    let (dialling, accepted) = (ConnId(77), victim.handle_incoming(now, address(2)));
    caller.conns.insert(
        dialling,
        super::Conn {
            remote: address(1),
            dialled: None,
            stage: super::Stage::Dialling,
            version: 1,
            urgent: BytesMut::new(),
            is_awake: false,
            binding: None,
            secret: None,
        },
    );
    caller.handle_connected(now, dialling);
    for _ in 0..3 {
        let mut bytes = BytesMut::new();
        caller.poll_transmit(dialling, &mut bytes, 1 << 16);
        record.push(bytes.clone());
        victim.handle_bytes(now, accepted, &mut bytes);
        let mut answer = BytesMut::new();
        victim.poll_transmit(accepted, &mut answer, 1 << 16);
        caller.handle_bytes(now, dialling, &mut answer);
    }
    assert_eq!(victim.members().len(), 2, "the first time it is true");
    victim.handle_closed(now, accepted, "closed");
    let replayed = victim.handle_incoming(now, address(2));
    for mut bytes in record {
        victim.handle_bytes(now, replayed, &mut bytes);
    }
    assert!(!victim.is_proven(replayed));
    let refusals = std::iter::from_fn(|| victim.poll_output())
        .filter(|output| matches!(output, Output::Refused { code: RefusalCode::Secret, .. }));
    assert_eq!(refusals.count(), 1);
}

#[test]
fn silence_is_suspicion_then_death_and_payloads_come_back() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let two = lab.nodes[1].origin();
    lab.wires.clear();
    lab.nodes[0].send(two, Bytes::from_static(b"hello")).expect("member");
    // The second node is stopped: only the first one's time passes.
    let stopped = lab.nodes.pop().expect("two nodes");
    lab.outputs.clear();
    lab.pass(3500);
    assert!(lab.outputs.contains(&(0, Output::Suspected { member: two, is_suspect: true })));
    assert!(lab.nodes[0].is_member(two));
    lab.pass(2000);
    let left = Output::MemberLeft {
        member: two,
        reason: LeaveReason::Silent,
        unconfirmed: vec![Bytes::from_static(b"hello")],
    };
    assert!(lab.outputs.contains(&(0, left)), "{:?}", lab.outputs);
    drop(stopped);
    lab.pass(6000);
    assert!(lab.outputs.contains(&(0, Output::Alone(true))));
}

/// What a member said while this node stood still is not read yet when its time is up.
#[test]
fn a_node_that_stood_still_for_a_moment_waits_for_one_heartbeat_before_it_gives_a_member_up() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let two = lab.nodes[1].origin();
    lab.wires.clear();
    let silent = lab.nodes.pop().expect("two nodes");
    let mut one = lab.nodes.pop().expect("one node");
    let mut run = |from_ms: u64, to_ms: u64| {
        for ms in from_ms..=to_ms {
            one.handle_timeout(lab.now.plus(ms));
        }
        one.is_member(two)
    };
    assert!(run(1, 3990));
    // The time is up somewhere in here.
    assert!(run(5400, 5400), "not before what has arrived is read");
    assert!(run(5401, 6390));
    assert!(!run(6400, 6400), "and no longer than that");
    drop(silent);
}

/// A cut of four seconds makes TCP wait until six before it repeats itself: too late for the old connection.
#[test]
fn a_silent_link_is_made_again_before_its_member_is_given_up() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let two = lab.nodes[1].origin();
    lab.nodes[0].send(two, Bytes::from_static(b"lost with the connection")).expect("member");
    // Nothing passes on the old connection any more, and neither end is told.
    lab.wires.clear();
    lab.outputs.clear();
    lab.pass(20_000);
    assert!(lab.outputs.contains(&(0, Output::Suspected { member: two, is_suspect: true })));
    assert!(lab.outputs.contains(&(0, Output::Link { member: two, is_connected: true })));
    let is_removal = |(_, output): &&(usize, Output)| matches!(output, Output::MemberLeft { .. });
    assert_eq!(lab.outputs.iter().find(is_removal), None);
    let is_arrival = |(_, output): &&(usize, Output)| matches!(output, Output::Deliver { .. });
    assert_eq!(lab.outputs.iter().filter(is_arrival).count(), 1);
}

#[test]
fn who_was_given_up_without_noticing_is_told() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let (one, two) = (lab.nodes[0].origin(), lab.nodes[1].origin());
    lab.stop_the_second_until_it_is_given_up();
    assert!(lab.outputs.contains(&(0, Output::MemberJoined(two))));
    assert!(!lab.outputs.contains(&(1, Output::MemberJoined(one))), "it never gave the other up");
    assert!(lab.outputs.contains(&(1, Output::ForgottenBy(one))));
    assert!(!lab.outputs.contains(&(0, Output::ForgottenBy(two))));
}

/// What a member holds is told at once, and who is out of touch keeps nobody waiting.
#[test]
fn members_say_what_they_hold_without_waiting_for_a_heartbeat() {
    let mut lab = Lab::new(vec![config(1, &[2, 3]), config(2, &[]), config(3, &[])]);
    lab.pass(3000);
    assert_eq!(lab.sizes(), [3, 3, 3]);
    for number in 1..=50_u64 {
        lab.nodes[0].put(1, Bytes::from(number.to_string()), Bytes::from_static(b"x"));
        assert_eq!((lab.nodes[0].held(), lab.nodes[0].version()), (number - 1, number));
        lab.settle();
        assert_eq!(lab.nodes[0].held(), number);
    }
    let stopped = lab.nodes.pop().expect("three nodes");
    lab.wires.retain(|from, to| from.0 != 2 && to.0 != 2);
    lab.nodes[0].put(1, Bytes::from_static(b"a"), Bytes::from_static(b"x"));
    lab.settle();
    assert_eq!((lab.nodes[0].held(), lab.nodes[0].version()), (50, 51));
    lab.pass(4000);
    assert_eq!(lab.nodes[0].held(), 51, "the silent member is suspected");
    drop(stopped);
}

#[test]
fn an_earlier_run_does_not_replace_a_later_one() {
    let later = Config { origin: Origin { node: [2; 16], incarnation: 9 }, ..config(2, &[]) };
    let mut lab = Lab::new(vec![config(1, &[2]), later]);
    lab.pass(1000);
    let (one, two) = (lab.nodes[0].origin(), lab.nodes[1].origin());
    lab.nodes.push(Node::new(config(2, &[1]), lab.now));
    lab.outputs.clear();
    lab.pass(1000);
    assert!(lab.nodes[0].is_member(two) && lab.nodes[1].is_member(one));
    let is_removal = |(_, output): &&(usize, Output)| matches!(output, Output::MemberLeft { .. });
    assert_eq!(lab.outputs.iter().find(is_removal), None);
}

#[test]
fn a_goodbye_is_heard_at_once() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let one = lab.nodes[0].origin();
    lab.nodes[0].handle_leave(lab.now);
    lab.settle();
    assert_eq!(lab.sizes(), [1, 1]);
    let left = Output::MemberLeft { member: one, reason: LeaveReason::Left, unconfirmed: Vec::new() };
    assert!(lab.outputs.contains(&(1, left)));
}

/// Every byte of every frame that two nodes exchange is spoiled once: no panic, no wrong member, and it heals.
#[test]
fn spoiled_bytes_end_a_connection_and_nothing_else() {
    for position in 0..700 {
        let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
        lab.nodes[0].put(1, Bytes::from_static(b"key"), Bytes::from_static(b"value"));
        lab.spoil_after = Some(position);
        lab.pass(200);
        let two = lab.nodes[1].origin();
        let _ = lab.nodes[0].send(two, Bytes::from_static(b"payload"));
        lab.pass(10_000);
        lab.pass(1500);
        assert_eq!(lab.sizes(), [2, 2], "byte {position}");
    }
}

/// A handshake that only one end completed left it with a guess of the other's place that was never put right.
#[test]
fn a_wrong_guess_of_a_place_is_put_right_by_its_owner() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    for peer in lab.nodes[0].peers.values_mut() {
        peer.member.joined_at += 50_000;
    }
    lab.pass(2000);
    let places = |node: &Node| node.members().iter().map(crate::Member::place).collect::<Vec<_>>();
    assert_eq!(places(&lab.nodes[0]), places(&lab.nodes[1]));
}
