//! The simulated network: TCP connections with delays, cuts, resets and give-ups.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use cobnut_mesh_proto::{DialFailure, Timestamp};

use crate::world::{End, Event, Wire, World};

/// A connect that nobody answers fails after this time.
const CONNECT_TIMEOUT_MS: u64 = 2000;
/// Unacknowledged data ends a connection after this time (`TCP_USER_TIMEOUT`).
const USER_TIMEOUT_MS: u64 = 5000;

impl World {
    pub(crate) fn dial(&mut self, from: End, address: SocketAddr) {
        let after = self.delay();
        let since = self.now;
        let to = self.hosts.iter().position(|other| other.address == address);
        let event = to.map_or_else(
            || Event::DialFails { end: from, failure: DialFailure::Failed("no route".into()) },
            |to| Event::DialArrives { from, to, since },
        );
        self.schedule(after, event);
    }

    pub(crate) fn dial_arrives(&mut self, from: End, to: usize, since: u64) -> Result<(), String> {
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
        let Some(process) = self.hosts[to].process.as_mut() else {
            let after = self.delay();
            self.schedule(after, Event::DialFails { end: from, failure: DialFailure::Refused });
            return Ok(());
        };
        let run = process.run;
        let caller = self.hosts[from.0].process.as_ref().is_some_and(|caller| caller.run == from.1);
        if !caller {
            return Ok(());
        }
        let remote = self.hosts[from.0].address;
        let process = self.hosts[to].process.as_mut().expect("checked above");
        let conn = process.node.handle_incoming(Timestamp(self.now), remote);
        let accepted = (to, run, conn);
        self.last_wire += 1;
        let wire = self.last_wire;
        self.wire_of.insert(from, (wire, 0));
        self.wire_of.insert(accepted, (wire, 1));
        self.wires.insert(wire, Wire { ends: [from, accepted], is_open: [true; 2], busy_until: [0; 2] });
        self.perform(to, run)?;
        self.with(from.0, from.1, |node, now| node.handle_connected(now, from.2))
    }

    pub(crate) fn write(&mut self, end: End) {
        let Some(&(wire, side)) = self.wire_of.get(&end) else { return };
        let Some(process) = self.hosts[end.0].process.as_mut().filter(|process| process.run == end.1) else {
            return;
        };
        let mut batch = BytesMut::new();
        if process.node.poll_transmit(end.2, &mut batch, self.batch_bytes) {
            self.put_on_wire(wire, 1 - side, batch.freeze());
            self.schedule(1, Event::Write { end });
        }
    }

    /// Sends bytes towards one side, in pieces, in order.
    pub(crate) fn put_on_wire(&mut self, wire: u64, side: usize, mut bytes: Bytes) {
        loop {
            let delay = self.delay();
            let Some(held) = self.wires.get_mut(&wire) else { return };
            let at = held.busy_until[side].max(self.now + delay);
            held.busy_until[side] = at;
            let piece = if bytes.len() > 1 && self.chance.is(20) {
                bytes.split_to(1 + self.chance.index(bytes.len() - 1))
            } else {
                std::mem::take(&mut bytes)
            };
            let is_last = bytes.is_empty();
            let since = self.now;
            self.schedule(at - since, Event::Arrive { wire, side, bytes: piece, since });
            if is_last {
                return;
            }
        }
    }

    pub(crate) fn arrive(&mut self, wire: u64, side: usize, bytes: Bytes, since: u64) -> Result<(), String> {
        let Some(held) = self.wires.get(&wire) else { return Ok(()) };
        let (to, from) = (held.ends[side], held.ends[1 - side]);
        if self.cuts.contains(&(from.0, to.0)) || self.hosts[to.0].is_dark {
            // TCP repeats until it gives up; what follows stays behind it.
            if self.now - since >= USER_TIMEOUT_MS {
                self.schedule(0, Event::Closed { end: from });
                self.lose_wire_side(wire, 1 - side);
            } else {
                self.hold_back(wire, side, bytes, since);
            }
            return Ok(());
        }
        let is_running = self.hosts[to.0].process.as_ref().is_some_and(|process| process.run == to.1);
        let is_open = self.wires.get(&wire).is_some_and(|held| held.is_open[side]);
        if !is_running || !is_open {
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
        let process = self.hosts[to.0].process.as_mut().expect("checked above");
        let mut input = process.inputs.remove(&to.2).unwrap_or_default();
        input.extend_from_slice(&bytes);
        process.node.handle_bytes(Timestamp(self.now), to.2, &mut input);
        process.inputs.insert(to.2, input);
        self.perform(to.0, to.1)
    }

    /// Puts bytes and all that follow them on the same way 200 ms later, in their order.
    pub(crate) fn hold_back(&mut self, wire: u64, side: usize, bytes: Bytes, since: u64) {
        let later: Vec<(u64, u64)> = self
            .queue
            .iter()
            .filter(|(_, event)| matches!(event, Event::Arrive { wire: w, side: s, .. } if *w == wire && *s == side))
            .map(|(&key, _)| key)
            .collect();
        self.schedule(200, Event::Arrive { wire, side, bytes, since });
        for key in later {
            if let Some(event) = self.queue.remove(&key) {
                let after = (key.0 - self.now).max(200);
                self.schedule(after, event);
            }
        }
        if let Some(held) = self.wires.get_mut(&wire) {
            held.busy_until[side] = held.busy_until[side].max(self.now + 200);
        }
    }

    pub(crate) fn lose_wire_side(&mut self, wire: u64, side: usize) {
        if let Some(held) = self.wires.get_mut(&wire) {
            held.is_open[side] = false;
        }
    }

    /// A process closes its end: what it still has to say is sent first.
    pub(crate) fn shut(&mut self, end: End) {
        let Some(&(wire, side)) = self.wire_of.get(&end) else {
            // Not connected yet: the dial is given up.
            self.schedule(0, Event::DialFails { end, failure: DialFailure::Failed("given up".into()) });
            return;
        };
        let process = self.hosts[end.0].process.as_mut().expect("it asked for this");
        let mut rest = BytesMut::new();
        while process.node.poll_transmit(end.2, &mut rest, 2048) {}
        if !rest.is_empty() {
            self.put_on_wire(wire, 1 - side, rest.freeze());
        }
        self.put_on_wire(wire, 1 - side, Bytes::new());
        let after = self.delay();
        self.schedule(after, Event::Closed { end });
    }

    pub(crate) fn closed(&mut self, end: End) -> Result<(), String> {
        let Some((wire, side)) = self.wire_of.remove(&end) else { return Ok(()) };
        self.lose_wire_side(wire, side);
        if self.wires.get(&wire).is_some_and(|held| held.is_open[1 - side]) {
            self.put_on_wire(wire, 1 - side, Bytes::new());
        }
        if let Some(process) = self.hosts[end.0].process.as_mut().filter(|process| process.run == end.1) {
            process.inputs.remove(&end.2);
        }
        self.with(end.0, end.1, |node, now| node.handle_closed(now, end.2, "closed"))
    }
}
