//! No node holds more than it has reason to, and none spins.

use crate::host::{Host, Process};
use crate::world::World;

/// Ticks that a node may ask for in one virtual second: some, and some for each member.
const TICKS_PER_SECOND: u64 = 100;
const TICKS_PER_MEMBER: u64 = 40;
/// Bytes of hello, heartbeats and member lists that may wait for one slow connection.
const URGENT_BYTES_MAX: usize = 64 << 10;

impl World {
    /// Called after each tick of a node.
    pub(crate) fn check_ticks(&mut self, host: usize, run: u64) -> Result<(), String> {
        let (now, count) = (self.now, self.hosts.len() as u64);
        let Some(process) = self.hosts[host].process_of(run) else { return Ok(()) };
        if let Some(due) = process.node.poll_timeout().filter(|due| due.0 <= now) {
            return Err(format!("host {host} worked on what was due and is due again at once, at {due:?}"));
        }
        let second = now / 1000;
        process.ticks = if process.ticks.0 == second { (second, process.ticks.1 + 1) } else { (second, 1) };
        if process.ticks.1 > TICKS_PER_SECOND + TICKS_PER_MEMBER * count {
            return Err(format!("host {host} asked for {} ticks within a second", process.ticks.1));
        }
        Ok(())
    }

    pub(crate) fn check_bounds(&self) -> Result<(), String> {
        let runs = usize::try_from(self.last_run).expect("few runs");
        for (index, host) in self.hosts.iter().enumerate() {
            let Some(process) = host.process.as_ref() else { continue };
            self.check_node(host, process, runs).map_err(|what| format!("host {index} {what}"))?;
        }
        Ok(())
    }

    fn check_node(&self, host: &Host, process: &Process, runs: usize) -> Result<(), String> {
        let count = self.hosts.len();
        let footprint = process.node.footprint();
        let application = &process.application;
        let unconfirmed: usize = application.outgoing.values().map(std::collections::VecDeque::len).sum();
        if process.node.unconfirmed() != unconfirmed {
            let held = process.node.unconfirmed();
            return Err(format!("holds {held} payloads, and {unconfirmed} are unconfirmed"));
        }
        if process.node.own_entries() != application.own.len() {
            let (held, own) = (process.node.own_entries(), application.own.len());
            return Err(format!("holds {held} entries, its application {own}"));
        }
        let peers = application.members.len();
        let limits = [
            ("connections", footprint.connections, process.open.len()),
            ("timers", footprint.timers, footprint.connections + 3 * peers + footprint.addresses + 16),
            ("streams", footprint.streams, runs),
            ("addresses", footprint.addresses, count),
            ("log entries", footprint.log_changes, application.own.len() + self.conditions.tombstones_max),
            ("outputs that nobody took", footprint.outputs, 0),
            ("urgent bytes", footprint.urgent_bytes, (URGENT_BYTES_MAX + 64 * count * count) * count),
        ];
        if let Some((what, held, limit)) = limits.into_iter().find(|(_, held, limit)| held > limit) {
            return Err(format!("holds {held} {what}, more than {limit}"));
        }
        let has_left = process.has_left || host.is_dark;
        if peers > 0 && process.node.poll_timeout().is_none() && !has_left {
            return Err("has members and no timer".to_owned());
        }
        Ok(())
    }
}
