//! The state machine of one node, put together from the parts beside it.

mod connections;
mod dialling;
mod digests;
mod figures;
mod footprint;
mod held;
mod links;
mod members;
mod reach;
mod refusals;
mod split;
#[cfg(test)]
mod tests;
mod transmit;

pub use figures::LinkFigures;
pub use footprint::Footprint;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};

use self::reach::{HeldView, Reach};

use crate::config::Config;
use crate::entropy::Entropy;
use crate::failure_detector::Detector;
use crate::handshake::Transcript;
use crate::link::{MESSAGE_BYTES_MAX, Receipt, ReceiveStream, SendStream};
use crate::membership::{AddressBook, Member};
use crate::replication::{Codec, Feed, OwnLog, Reader, SharedEntry};
use crate::standing::Roster;
use crate::timers::{Timer, Timers};
use crate::wire::{Card, Compressor};
use crate::{ConnId, Origin, Output, Standing, Timestamp};

/// What has been counted since the start of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Frames read from proven connections.
    pub frames_received: u64,
    /// Frames handed out for writing on proven connections.
    pub frames_sent: u64,
    /// Bytes read from all connections.
    pub bytes_received: u64,
    /// Bytes handed out for writing.
    pub bytes_sent: u64,
    /// Bytes that compressed frames would have had as they are.
    pub compressed_from_bytes: u64,
    /// Bytes of compressed frames, handed out for writing.
    pub compressed_to_bytes: u64,
    /// Payloads that arrived a second time and were dropped.
    pub duplicates_dropped: u64,
    /// Times that what is held of a member's entries was not what the member has.
    pub divergences: u64,
    /// Snapshots of a member's entries that arrived.
    pub snapshots_received: u64,
    /// Connections to members that broke and were resumed.
    pub links_resumed: u64,
    /// Members that were suspected.
    pub suspicions: u64,
    /// Times that this node found that it had stopped itself.
    pub pauses: u64,
}

/// The receiver of a payload is not a member (any more), or the payload is too large for a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receiver is not a member")]
pub struct Gone;

/// One node of the mesh.
pub struct Node {
    config: Config,
    /// Secrets from before a rotation that are believed for a while.
    previous_secrets: Vec<[u8; 32]>,
    entropy: Entropy,
    timers: Timers,
    book: AddressBook,
    outputs: VecDeque<Output>,
    conns: BTreeMap<ConnId, Conn>,
    peers: BTreeMap<Origin, Peer>,
    /// What was received from members and from former ones that may not have noticed that they are.
    streams: BTreeMap<Origin, ReceiveStream>,
    log: OwnLog,
    last_conn: u64,
    stamp: u64,
    age: Age,
    presence: Presence,
    memory_bytes: u64,
    roster: Roster,
    standing: Standing,
    reach: Reach,
    counters: Counters,
    compressor: Compressor,
}

/// This node's place in the member list.
#[derive(Debug, Clone, Copy)]
struct Age {
    started: Timestamp,
    joined_at: u64,
    is_settled: bool,
}

/// Whether this node takes part, and whether it is alone in that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// It has members, or expects none, or not for long enough.
    Content,
    /// It said that it is alone.
    Alone,
    /// It said goodbye.
    Leaving,
}

#[derive(Debug)]
struct Conn {
    remote: SocketAddr,
    dialled: Option<SocketAddr>,
    stage: Stage,
    version: u8,
    /// Frames that go before everything else.
    urgent: BytesMut,
    is_awake: bool,
    /// What the secret is proven over on an encrypted connection.
    binding: Option<[u8; 32]>,
    /// The secret that both ends have proven, or that this end proves.
    secret: Option<[u8; 32]>,
}

#[derive(Debug)]
enum Stage {
    Dialling,
    AwaitHello,
    AwaitChallenge { nonce: [u8; 32] },
    AwaitIdentify { transcript: Transcript },
    AwaitWelcome { transcript: Transcript, mine: Box<Card> },
    AwaitConfirm { mine: Box<Card>, theirs: Box<Card> },
    Linked(Origin),
    Closing,
}

#[derive(Debug)]
struct Peer {
    member: Member,
    detector: Detector,
    attached: Option<Attached>,
    send: SendStream,
    /// The reader's place in our log.
    feed: Feed,
    /// Our place in its log.
    reader: Reader,
    is_ack_due: bool,
    /// Whether it is to be told what our entries amount to.
    digest: DigestTurn,
    /// Version of our log that it said it has applied.
    holds: u64,
    /// Whether it has not been told yet what we have applied of its log.
    is_applied_due: bool,
    /// Whether a connection was lost since it is a member.
    was_broken: bool,
    /// Connections in a row on which it did not say in time where its streams stand.
    resumes_failed: u8,
    /// Whether it takes what it is sent.
    taking: Taking,
    /// Whom it hears, as it last said.
    view: HeldView,
}

/// What a member has taken of what it was sent.
#[derive(Debug, Clone, Copy)]
struct Taking {
    /// Number of the first payload that it has not taken.
    base: u64,
    /// Since when that is the first, and it could have taken it.
    since: Timestamp,
    /// Whether the operator was told.
    is_stuck: bool,
}

/// Whether a digest is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DigestTurn {
    Due,
    Told,
}

/// The connection that carries the link now.
#[derive(Debug, Clone, Copy)]
struct Attached {
    conn: ConnId,
    /// Handshake stamps of both ends, ours first.
    stamps: (u64, u64),
    is_ours: bool,
    /// Whether the other end has said where its streams stand.
    is_resumed: bool,
}

impl Node {
    /// A node that starts to dial at once.
    pub fn new(config: Config, now: Timestamp) -> Self {
        let mut node = Self {
            entropy: Entropy::new(config.seed),
            timers: Timers::default(),
            book: AddressBook::new(config.address, &config.candidates),
            outputs: VecDeque::new(),
            conns: BTreeMap::new(),
            peers: BTreeMap::new(),
            streams: BTreeMap::new(),
            log: OwnLog::new(config.tombstones_max, log_seed(&config.seed)),
            last_conn: 0,
            stamp: 0,
            age: Age { started: now, joined_at: config.joined_at, is_settled: false },
            presence: Presence::Content,
            memory_bytes: 0,
            roster: Roster::new(config.rules.members_min),
            standing: Standing::default(),
            reach: Reach::default(),
            counters: Counters::default(),
            compressor: Compressor::default(),
            previous_secrets: Vec::new(),
            config,
        };
        for candidate in node.book.to_resolve() {
            node.timers.set(Timer::Resolve(candidate), now);
        }
        node.schedule_dials(now);
        node.watch_loneliness(now);
        node.watch_standing(now);
        node
    }

    /// The next thing to do; drain after each `handle_*` and each change.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When `handle_timeout` has to be called, at the latest.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.timers.next()
    }

    /// Works on everything that is due.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        let gap_ms = self.timers.next().map_or(0, |due| now.since(due));
        if gap_ms > self.config.suspect_after_ms / 2 {
            if !mutated!(PauseNotForgiven) {
                self.forgive_silence(now);
            }
            self.counters.pauses += 1;
            self.outputs.push_back(Output::Paused { gap_ms });
        }
        while let Some((timer, due)) = self.timers.pop_due(now) {
            match timer {
                Timer::Handshake(conn) => self.handshake_too_slow(now, conn),
                Timer::Heartbeat(origin) => self.beat(now, origin),
                Timer::Silence(origin) => self.judge_silence(now, origin, now.since(due)),
                Timer::Dial(address) => self.dial(now, address),
                Timer::Resolve(candidate) => self.resolve(now, candidate),
                Timer::Alone => self.judge_loneliness(),
                Timer::Reach => self.judge_reach(now),
                Timer::Split => self.judge_split(now),
                Timer::Roster => self.adopt_roster(now),
            }
        }
    }

    /// Puts or replaces an entry of this node.
    pub fn put(&mut self, map: u16, key: Bytes, value: Bytes) {
        self.log.put(map, key, value);
        self.wake_all();
    }

    /// As [`Self::put`], for an entry that the driver keeps anyway: only a reference to it is held, and `codec` makes it
    /// into `key` and `value` again for readers that come later. It must not change while it is held.
    pub fn put_shared(&mut self, map: u16, key: Bytes, value: Bytes, entry: SharedEntry, codec: Codec) {
        self.log.put_shared(map, key, value, entry, codec);
        self.wake_all();
    }

    /// Removes an entry of this node, if it is there.
    pub fn remove(&mut self, map: u16, key: Bytes) {
        self.log.remove(map, key);
        self.wake_all();
    }

    /// Queues a payload for a member. The caller bounds the queue by [`crate::cost`] and [`Output::Confirmed`].
    pub fn send(&mut self, to: Origin, payload: Bytes) -> Result<(), Gone> {
        let peer = self.peers.get_mut(&to).ok_or(Gone)?;
        if payload.len() > MESSAGE_BYTES_MAX {
            return Err(Gone);
        }
        peer.send.push(payload);
        if let Some(attached) = peer.attached.filter(|_| peer.send.has_sendable()) {
            self.wake(attached.conn);
        }
        Ok(())
    }

    /// A delivered payload is in safe hands: its sender may forget it.
    pub fn handle_accepted(&mut self, receipt: Receipt) {
        let Some(stream) = self.streams.get_mut(&receipt.from).filter(|held| held.id == receipt.stream)
        else {
            return;
        };
        stream.accept(receipt.number);
        if let Some(peer) = self.peers.get_mut(&receipt.from) {
            peer.is_ack_due = true;
            if let Some(attached) = peer.attached {
                self.wake(attached.conn);
            }
        }
    }

    /// Says goodbye to all members at once (a caller that wants its payloads confirmed waits before), gives back what they did not confirm, and stops dialling.
    pub fn handle_leave(&mut self, now: Timestamp) {
        self.presence = Presence::Leaving;
        self.say_goodbye(now);
        let conns: Vec<ConnId> = self.conns.keys().copied().collect();
        for conn in conns {
            self.drop_conn(now, conn, None);
        }
        self.timers = Timers::default();
    }

    /// Resident memory to report to the members, in bytes.
    pub fn set_memory(&mut self, bytes: u64) {
        self.memory_bytes = bytes;
    }

    /// This run of this node.
    pub fn origin(&self) -> Origin {
        self.config.origin
    }

    /// All members, this node included, oldest first.
    pub fn members(&self) -> Vec<Member> {
        let mut members: Vec<Member> = self.peers.values().map(|peer| peer.member.clone()).collect();
        for (member, peer) in members.iter_mut().zip(self.peers.values()) {
            member.is_connected = peer.attached.is_some();
            member.silence_max_ms = peer.detector.silence_max_ms();
        }
        members.push(self.as_member());
        members.sort_by_key(Member::place);
        members
    }

    /// Whether `origin` is a member other than this node.
    pub fn is_member(&self, origin: Origin) -> bool {
        self.peers.contains_key(&origin)
    }

    /// The member that runs under a node id, other than this node.
    pub fn member_of(&self, node: &[u8; 16]) -> Option<Origin> {
        self.peers.keys().find(|origin| origin.node == *node).copied()
    }

    /// Each configured entry other than this node with what happened to it, for a node that is alone.
    pub fn expected(&self) -> Vec<(String, String)> {
        self.book.report()
    }

    /// Which side of a split this node is on.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// What has been counted.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Whether a connection has passed the hello.
    pub fn is_proven(&self, conn: ConnId) -> bool {
        self.conns.get(&conn).is_some_and(|conn| matches!(conn.stage, Stage::Linked(_)))
    }

    /// Payloads that members have not confirmed yet.
    pub fn unconfirmed(&self) -> usize {
        self.peers.values().map(|peer| peer.send.len()).sum()
    }

    /// Entries of this node.
    pub fn own_entries(&self) -> usize {
        self.log.len()
    }

    /// Whether every member has been heard lately and has a connection.
    pub fn is_calm(&self) -> bool {
        self.peers.values().all(|peer| peer.attached.is_some() && !peer.member.is_suspect)
    }

    fn as_member(&self) -> Member {
        Member {
            origin: self.config.origin,
            name: self.config.name.clone(),
            product: self.config.product.clone(),
            address: self.config.address,
            joined_at: self.age.joined_at,
            memory_bytes: self.memory_bytes,
            is_suspect: false,
            is_connected: true,
            is_lite: self.config.rules.is_lite,
            lag: 0,
            silence_max_ms: 0,
        }
    }

    fn wake(&mut self, id: ConnId) {
        if let Some(conn) = self.conns.get_mut(&id).filter(|conn| !conn.is_awake) {
            conn.is_awake = true;
            self.outputs.push_back(Output::Wake(id));
        }
    }

    fn wake_all(&mut self) {
        let linked: Vec<ConnId> =
            self.peers.values().filter_map(|peer| peer.attached.map(|attached| attached.conn)).collect();
        for conn in linked {
            self.wake(conn);
        }
    }
}

/// Another key from the seed than the nonces have.
fn log_seed(seed: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&seed[16..]);
    half
}
