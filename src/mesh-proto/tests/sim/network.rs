//! The simulated network: TCP connections with delays, losses, limited room, cuts, resets and give-ups.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use cobnut_mesh_proto::{DialFailure, Timestamp};

use crate::world::{End, Event, World};

/// A connect that nobody answers fails after this time.
const CONNECT_TIMEOUT_MS: u64 = 2000;
/// Unacknowledged data ends a connection after this time (`TCP_USER_TIMEOUT`).
const USER_TIMEOUT_MS: u64 = 5000;
/// TCP's first repetition; each further one doubles it.
const REPEATED_AFTER_MS: u64 = 200;
const REPETITIONS_MAX: u32 = 3;

/// What is under way to one end of a connection.
#[derive(Default)]
pub(crate) struct Way {
    pub(crate) is_open: bool,
    /// When each piece arrives, the piece (empty: the end of the stream), and when it was sent.
    pieces: VecDeque<(u64, Bytes, u64)>,
    bytes: usize,
    /// The writer waits for room.
    is_full: bool,
    /// TCP gave up: nothing more comes this way.
    is_given_up: bool,
    /// Packets are lost until then.
    stalled_until: u64,
}

/// A TCP connection.
pub(crate) struct Wire {
    pub(crate) ends: [End; 2],
    /// The way to each end.
    pub(crate) ways: [Way; 2],
}

impl World {
    pub(crate) fn dial(&mut self, from: End, address: SocketAddr) {
        let after = self.delay();
        let since = self.now;
        self.hosts[from.0].process_of(from.1).into_iter().for_each(|process| {
            process.open.insert(from.2);
        });
        let to = self.hosts.iter().position(|other| other.address == address);
        let event = to.map_or_else(
            || Event::DialFails { end: from, failure: DialFailure::Failed("no route".into()) },
            |to| Event::DialArrives { from, to, since },
        );
        self.schedule(after, event);
    }

    pub(crate) fn dial_arrives(&mut self, from: End, to: usize, since: u64) -> Result<(), String> {
        if self.hosts[from.0].process_of(from.1).is_none() {
            return Ok(());
        }
        let is_cut = self.cuts.contains(&(from.0, to)) || self.cuts.contains(&(to, from.0));
        if is_cut || self.hosts[to].is_dark || self.hosts[to].paused_until > self.now {
            if self.now - since >= CONNECT_TIMEOUT_MS {
                let failure = DialFailure::Failed("timed out".into());
                self.schedule(0, Event::DialFails { end: from, failure });
            } else {
                self.schedule(100, Event::DialArrives { from, to, since });
            }
            return Ok(());
        }
        let remote = self.hosts[from.0].address;
        let now = Timestamp(self.now);
        let Some(process) = self.hosts[to].process.as_mut() else {
            let after = self.delay();
            self.schedule(after, Event::DialFails { end: from, failure: DialFailure::Refused });
            return Ok(());
        };
        let run = process.run;
        let accepted = (to, run, process.node.handle_incoming(now, remote));
        process.open.insert(accepted.2);
        self.last_wire += 1;
        let wire = self.last_wire;
        self.wire_of.insert(from, (wire, 0));
        self.wire_of.insert(accepted, (wire, 1));
        let way = || Way { is_open: true, ..Way::default() };
        self.wires.insert(wire, Wire { ends: [from, accepted], ways: [way(), way()] });
        self.perform(to, run)?;
        self.with(from.0, from.1, |node, now| node.handle_connected(now, from.2))
    }

    pub(crate) fn write(&mut self, end: End) {
        let Some(&(wire, side)) = self.wire_of.get(&end) else { return };
        let (window, batch_bytes) = (self.conditions.window_bytes, self.conditions.batch_bytes);
        let Some(way) = self.wires.get_mut(&wire).map(|held| &mut held.ways[1 - side]) else { return };
        if way.bytes >= window {
            way.is_full = true;
            return;
        }
        let Some(process) = self.hosts[end.0].process_of(end.1) else { return };
        let mut batch = BytesMut::new();
        if process.node.poll_transmit(end.2, &mut batch, batch_bytes) {
            self.put_on_wire(wire, 1 - side, batch.freeze());
            self.schedule(1, Event::Write { end });
        }
    }

    /// Sends bytes towards one side, in pieces, in order.
    pub(crate) fn put_on_wire(&mut self, wire: u64, side: usize, mut bytes: Bytes) {
        loop {
            let delay = self.delay() + self.repetitions();
            let since = self.now;
            let is_split = bytes.len() > 1 && self.chance.is(20);
            let cut = if is_split { 1 + self.chance.index(bytes.len() - 1) } else { bytes.len() };
            let piece = bytes.split_to(cut);
            let Some(held) = self.wires.get_mut(&wire) else { return };
            let reads_for = self.hosts[held.ends[side].0].machine.read_ms;
            let way = &mut held.ways[side];
            if way.is_given_up {
                return;
            }
            let last = way.pieces.back().map_or(0, |&(at, ..)| at + reads_for);
            let at = last.max(since + delay).max(way.stalled_until);
            way.bytes += piece.len();
            way.pieces.push_back((at, piece, since));
            if way.pieces.len() == 1 {
                self.schedule(at - since, Event::Arrive { wire, side });
            }
            if bytes.is_empty() {
                return;
            }
        }
    }

    /// How much later a piece comes because it, and perhaps its repetitions, were lost.
    fn repetitions(&mut self) -> u64 {
        let mut repeated = 0;
        while repeated < REPETITIONS_MAX && self.chance.is(self.conditions.loss_percent) {
            repeated += 1;
        }
        REPEATED_AFTER_MS * ((1 << repeated) - 1)
    }

    pub(crate) fn arrive(&mut self, wire: u64, side: usize) -> Result<(), String> {
        let Some(held) = self.wires.get_mut(&wire) else { return Ok(()) };
        let (to, from) = (held.ends[side], held.ends[1 - side]);
        let way = &mut held.ways[side];
        let Some(&(_, _, since)) = way.pieces.front() else { return Ok(()) };
        if self.cuts.contains(&(from.0, to.0)) || self.hosts[to.0].is_dark {
            // TCP repeats until it gives up; what follows stays behind it.
            if self.now - since >= USER_TIMEOUT_MS {
                way.pieces.clear();
                way.is_given_up = true;
                self.schedule(0, Event::Closed { end: from });
                self.lose_wire_side(wire, 1 - side);
            } else {
                self.schedule(200, Event::Arrive { wire, side });
            }
            return Ok(());
        }
        let Some((_, bytes, _)) = way.pieces.pop_front() else { return Ok(()) };
        let is_open = way.is_open;
        way.bytes -= bytes.len();
        let has_room = way.bytes < self.conditions.window_bytes && std::mem::take(&mut way.is_full);
        if let Some(&(at, ..)) = way.pieces.front() {
            self.schedule(at.saturating_sub(self.now), Event::Arrive { wire, side });
        }
        if has_room {
            self.schedule(1, Event::Write { end: from });
        }
        if !is_open || self.hosts[to.0].process_of(to.1).is_none() {
            // A reset comes back, if it can.
            if !self.cuts.contains(&(to.0, from.0)) {
                let after = self.delay();
                self.schedule(after, Event::Closed { end: from });
            }
            return Ok(());
        }
        if bytes.is_empty() {
            return self.closed(to);
        }
        self.read(to, &bytes)
    }

    fn read(&mut self, to: End, bytes: &Bytes) -> Result<(), String> {
        let now = Timestamp(self.now);
        let Some(process) = self.hosts[to.0].process_of(to.1) else { return Ok(()) };
        let mut input = process.inputs.remove(&to.2).unwrap_or_default();
        input.extend_from_slice(bytes);
        process.node.handle_bytes(now, to.2, &mut input);
        process.inputs.insert(to.2, input);
        self.perform(to.0, to.1)
    }

    pub(crate) fn lose_wire_side(&mut self, wire: u64, side: usize) {
        if let Some(held) = self.wires.get_mut(&wire) {
            held.ways[side].is_open = false;
        }
    }

    /// A process closes its end: what it still has to say is sent first.
    pub(crate) fn shut(&mut self, end: End) {
        let Some(&(wire, side)) = self.wire_of.get(&end) else {
            // Not connected yet: the dial is given up.
            self.schedule(0, Event::DialFails { end, failure: DialFailure::Failed("given up".into()) });
            return;
        };
        let Some(process) = self.hosts[end.0].process_of(end.1) else { return };
        let mut rest = BytesMut::new();
        while process.node.poll_transmit(end.2, &mut rest, 2048) {}
        if !rest.is_empty() {
            self.put_on_wire(wire, 1 - side, rest.freeze());
        }
        self.put_on_wire(wire, 1 - side, Bytes::new());
        let after = self.delay();
        self.schedule(after, Event::Closed { end });
    }

    /// As [`Self::shut`], but what was handed out and is not on the way yet stays here.
    pub(crate) fn abort(&mut self, end: End) {
        let Some(&(wire, side)) = self.wire_of.get(&end) else { return };
        self.put_on_wire(wire, 1 - side, Bytes::new());
        let after = self.delay();
        self.schedule(after, Event::Closed { end });
    }

    pub(crate) fn closed(&mut self, end: End) -> Result<(), String> {
        let Some((wire, side)) = self.wire_of.remove(&end) else { return Ok(()) };
        self.lose_wire_side(wire, side);
        let Some(held) = self.wires.get(&wire) else { return self.hear_of_end(end) };
        if held.ways[1 - side].is_open {
            self.put_on_wire(wire, 1 - side, Bytes::new());
        } else if held.ways.iter().all(|way| way.pieces.is_empty()) {
            self.wires.remove(&wire);
        }
        self.hear_of_end(end)
    }

    fn hear_of_end(&mut self, end: End) -> Result<(), String> {
        if let Some(process) = self.hosts[end.0].process_of(end.1) {
            process.inputs.remove(&end.2);
            process.open.remove(&end.2);
        }
        self.with(end.0, end.1, |node, now| node.handle_closed(now, end.2, "closed"))
    }

    /// Loses the packets of one direction of one connection for a while.
    pub(crate) fn stall(&mut self, nth: u64, ms: u64) {
        let until = self.now + ms;
        let Some(id) = self.nth_open(nth) else { return };
        let Some(held) = self.wires.get_mut(&id) else { return };
        let way = &mut held.ways[usize::from(nth.is_multiple_of(2))];
        way.stalled_until = way.stalled_until.max(until);
        let (one, two) = (held.ends[0].0, held.ends[1].0);
        self.trouble(one, two, until);
    }

    /// A middlebox forgets a connection: both ends are told, what is under way is lost.
    pub(crate) fn break_wire(&mut self, nth: u64) {
        let Some(held) = self.nth_open(nth).and_then(|id| self.wires.remove(&id)) else { return };
        let (one, two) = (held.ends[0].0, held.ends[1].0);
        self.log(|| format!("the connection between hosts {one} and {two} breaks"));
        self.trouble(one, two, self.now);
        for end in held.ends {
            let after = self.delay();
            self.schedule(after, Event::Closed { end });
        }
    }

    fn nth_open(&self, nth: u64) -> Option<u64> {
        let open = || self.wires.iter().filter(|(_, wire)| wire.ways.iter().all(|way| way.is_open));
        let count = open().count() as u64;
        let place = usize::try_from(nth.checked_rem(count)?).ok()?;
        open().nth(place).map(|(&id, _)| id)
    }
}
