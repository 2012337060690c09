//! What the applications do and what goes wrong.

use bytes::{BufMut, Bytes, BytesMut};
use cobnut_mesh_proto::{Node, Origin, cost};

use crate::application::Key;
use crate::plan::Action;
use crate::world::{End, World};

/// The ninth byte of a payload that tells a member's users of this node's sessions.
pub(crate) const GREETING: u8 = 7;
const ORDINARY: u8 = 0;
/// A run whose clock went back has to wait until the end of its predecessor was noticed.
const EARLIER_RUN_WAITS_MS: u64 = 7000;

impl World {
    pub(crate) fn act(&mut self, action: Action) -> Result<(), String> {
        if action.is_fault() {
            self.log(|| format!("{action:?}"));
            self.disturb_ends();
        }
        match action {
            Action::Write { host, changes } => {
                for _ in 0..changes {
                    self.change_entry(host);
                }
                let run = self.hosts[host].process.as_ref().map(|process| process.run);
                return run.map_or(Ok(()), |run| self.perform(host, run));
            }
            Action::Send { host, payloads } => return self.send_payloads(host, payloads),
            Action::Leave { host } => return self.leave(host),
            Action::Start { host, clock_jump_ms } => return self.restart(host, clock_jump_ms),
            Action::Kill { host } => {
                self.watch_end(host);
                self.stop(host, false);
            }
            Action::PowerOff { host } => self.stop(host, true),
            Action::Pause { host, ms } => {
                // Never earlier than before: what waits for the end of a pause must not be overtaken.
                let host = &mut self.hosts[host];
                host.paused_until = host.paused_until.max(self.now + ms);
                host.troubled_at = host.troubled_at.max(host.paused_until);
            }
            Action::Break { nth } => self.break_wire(nth),
            Action::Stall { nth, ms } => self.stall(nth, ms),
            Action::Cut { from, to, both } => {
                self.cut(from, to);
                if both {
                    self.cut(to, from);
                }
            }
            Action::Split { side } => self.split(side),
            Action::Heal => self.heal_cuts(),
            Action::Spoil { host, owner, how } => self.spoil(host, owner, how),
        }
        Ok(())
    }

    pub(crate) fn change_entry(&mut self, host: usize) {
        let key = (1, Bytes::from(self.chance.below(self.conditions.keys).to_string()));
        let padding = self.chance.index(40);
        let is_put = self.chance.is(60);
        if is_put {
            self.put(host, key, padding);
            return;
        }
        let now = self.now;
        let Some(process) = self.hosts[host].process.as_mut() else { return };
        if process.application.remove(&key, now) {
            process.node.remove(key.0, key.1);
        }
    }

    fn put(&mut self, host: usize, key: Key, padding: usize) {
        let now = self.now;
        let Some(process) = self.hosts[host].process.as_mut() else { return };
        let version = process.node.version() + 1;
        let value = process.application.put(key.clone(), now, version, padding);
        process.node.put(key.0, key.1, value);
    }

    /// The application puts one entry.
    pub(crate) fn put_entry(&mut self, host: usize, number: u64, padding: usize) -> Result<(), String> {
        self.put(host, (1, Bytes::from(number.to_string())), padding);
        let run = self.hosts[host].process.as_ref().map(|process| process.run);
        run.map_or(Ok(()), |run| self.perform(host, run))
    }

    fn send_payloads(&mut self, host: usize, payloads: u64) -> Result<(), String> {
        let Some(process) = self.hosts[host].process.as_ref() else { return Ok(()) };
        let run = process.run;
        let members: Vec<Origin> = process.application.members.iter().copied().collect();
        if members.is_empty() {
            return Ok(());
        }
        let to = self.chance.pick(&members);
        for _ in 0..payloads {
            let large = self.chance.is(self.conditions.large_percent);
            let size = self.chance.index(if large { 600_000 } else { 300 });
            if !self.send(host, to, ORDINARY, size) {
                return Err(format!("{to:?} is a member and cannot be sent to"));
            }
        }
        self.perform(host, run)
    }

    /// Tells a member's users of the sessions here.
    pub(crate) fn greet(&mut self, host: usize, to: Origin) {
        self.send(host, to, GREETING, 0);
    }

    fn send(&mut self, host: usize, to: Origin, kind: u8, size: usize) -> bool {
        let number = self.ledger.next_number();
        let mut payload = BytesMut::with_capacity(9 + size);
        payload.put_u64(number);
        payload.put_u8(kind);
        payload.put_bytes(kind, size);
        let Some(process) = self.hosts[host].process.as_mut() else { return false };
        let price = cost(payload.len());
        let is_sent = process.node.send(to, payload.freeze()).is_ok();
        if is_sent {
            self.ledger.send(&mut process.application, process.run, to, number, price);
        }
        is_sent
    }

    /// A killed process closes its connections; a host without power says nothing.
    fn stop(&mut self, host: usize, is_silent: bool) {
        let Some(process) = self.hosts[host].process.take() else { return };
        self.hosts[host].is_dark = is_silent;
        self.hosts[host].troubled_at = self.hosts[host].troubled_at.max(self.now);
        let ends: Vec<End> =
            self.wire_of.keys().filter(|end| end.0 == host && end.1 == process.run).copied().collect();
        for end in ends {
            let Some((wire, side)) = self.wire_of.remove(&end) else { continue };
            self.lose_wire_side(wire, side);
            if !is_silent {
                self.put_on_wire(wire, 1 - side, Bytes::new());
            }
        }
    }

    fn leave(&mut self, host: usize) -> Result<(), String> {
        let Some(process) = self.hosts[host].process.as_mut() else { return Ok(()) };
        process.has_left = true;
        let run = process.run;
        self.watch_end(host);
        self.with(host, run, Node::handle_leave)?;
        self.stop(host, false);
        Ok(())
    }

    fn restart(&mut self, host: usize, clock_jump_ms: i64) -> Result<(), String> {
        if self.hosts[host].process.is_some() {
            return Ok(());
        }
        self.hosts[host].machine.clock_ms += clock_jump_ms;
        if clock_jump_ms < 0 {
            self.hosts[host].troubled_at = self.hosts[host].troubled_at.max(self.now + EARLIER_RUN_WAITS_MS);
        }
        self.start(host)
    }

    fn spoil(&mut self, host: usize, owner: usize, how: u64) {
        // Members of the first release tell nobody what their entries amount to; of some old ones that is not asked.
        let is_told = !self.hosts[host].machine.is_old && !self.hosts[owner].machine.is_old;
        let now = self.now;
        let Some(origin) = self.hosts[owner].origin().filter(|_| is_told) else { return };
        if let Some(process) = self.hosts[host].process.as_mut() {
            process.application.spoil(origin, now, how);
        }
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.cuts.insert((from, to));
        self.trouble(from, to, self.now);
    }

    fn split(&mut self, side: u64) {
        let is_there = |host: usize| side >> host & 1 == 1;
        let hosts = 0..self.hosts.len();
        let pairs: Vec<(usize, usize)> = hosts
            .clone()
            .flat_map(|one| hosts.clone().map(move |two| (one, two)))
            .filter(|&(one, two)| is_there(one) != is_there(two))
            .collect();
        for (one, two) in pairs {
            self.cut(one, two);
        }
    }

    pub(crate) fn heal_cuts(&mut self) {
        for (one, two) in std::mem::take(&mut self.cuts) {
            self.healed.insert((one.min(two), one.max(two)), self.now);
            self.trouble(one, two, self.now);
        }
    }

    /// Notes that two hosts had trouble with each other until then.
    pub(crate) fn trouble(&mut self, one: usize, two: usize, until: u64) {
        let troubled = self.troubled.entry((one.min(two), one.max(two))).or_default();
        *troubled = (*troubled).max(until);
    }

    /// The faults are over: nothing is cut, and every host runs.
    pub(crate) fn make_peace(&mut self) -> Result<(), String> {
        self.log(|| "peace".to_owned());
        self.disturb_ends();
        self.heal_cuts();
        for host in 0..self.hosts.len() {
            if self.hosts[host].process.is_none() {
                self.start(host)?;
            }
        }
        Ok(())
    }
}
