//! What must hold all the time, and what must hold after the faults have ended.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use cobnut_mesh_proto::{LeaveReason, Member, Origin};

use crate::host::{Host, Process};

/// A way that is free again is found by then, whatever TCP does meanwhile: the longest round trips of a dial and a
/// hello in this simulation, and some margin.
const NOTICED_AFTER_MS: u64 = 1500;

/// What happened to the payloads of the whole run.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Number → sending run, receiving origin.
    pub(crate) sent: BTreeMap<u64, (u64, Origin)>,
    pub(crate) delivered: BTreeSet<u64>,
    pub(crate) returned: BTreeSet<u64>,
    /// Who removed whom, until the removed one learns of it.
    pub(crate) forgotten: BTreeSet<(Origin, Origin)>,
    last: BTreeMap<(Origin, Origin), u64>,
}

impl Ledger {
    /// Notes a delivery; each payload may come once, and in the order of sending.
    pub(crate) fn deliver(&mut self, from: Origin, to: Origin, number: u64) -> Result<(), String> {
        if !self.delivered.insert(number) {
            return Err(format!("payload {number} from {from:?} to {to:?} was delivered twice"));
        }
        let last = self.last.insert((from, to), number).unwrap_or(0);
        if last >= number {
            return Err(format!("payload {number} from {from:?} to {to:?} came after {last}"));
        }
        Ok(())
    }
}

/// What the simulation knows about hosts and the network between them, and no node does.
pub(crate) struct View<'a> {
    pub(crate) hosts: &'a [Host],
    pub(crate) cuts: &'a BTreeSet<(usize, usize)>,
    pub(crate) healed: &'a BTreeMap<(usize, usize), u64>,
    pub(crate) now: u64,
}

impl View<'_> {
    /// A member that runs and can be reached is never declared dead, whatever happens to connections and dials.
    pub(crate) fn may_remove(&self, by: usize, member: Origin, reason: LeaveReason) -> Result<(), String> {
        let index = usize::from(member.node[0] - 1);
        let process = self.hosts[index].process.as_ref();
        let Some(process) = process.filter(|process| process.node.origin() == member) else { return Ok(()) };
        let is_right = match reason {
            LeaveReason::WeLeave => true,
            LeaveReason::Left => process.has_left,
            LeaveReason::Closed | LeaveReason::Replaced => false,
            LeaveReason::Silent => self.trouble_between(by, index) + NOTICED_AFTER_MS > self.now,
        };
        if is_right { Ok(()) } else { Err(format!("host {by} removed {member:?}, who is alive: {reason}")) }
    }

    /// When the last cut or pause that kept two running hosts apart ended.
    fn trouble_between(&self, one: usize, two: usize) -> u64 {
        if self.cuts.contains(&(one, two)) || self.cuts.contains(&(two, one)) {
            return self.now;
        }
        let healed = self.healed.get(&(one.min(two), one.max(two))).copied().unwrap_or(0);
        healed.max(self.hosts[one].paused_until).max(self.hosts[two].paused_until)
    }
}

pub(crate) fn quiescent(hosts: &[Host], ledger: &Ledger) -> Result<(), String> {
    let running: Vec<&Process> = hosts.iter().filter_map(|host| host.process.as_ref()).collect();
    let everybody: Vec<Origin> = running.iter().map(|process| process.node.origin()).collect();
    let mut order: Option<Vec<(Origin, u64)>> = None;
    for process in &running {
        let me = process.node.origin();
        let members = process.node.members();
        let seen: BTreeSet<Origin> = members.iter().map(|member| member.origin).collect();
        if seen != everybody.iter().copied().collect() {
            return Err(format!("{me:?} sees {seen:?} of {everybody:?}"));
        }
        let places: Vec<(Origin, u64)> =
            members.iter().map(|member: &Member| (member.origin, member.joined_at)).collect();
        if order.get_or_insert_with(|| places.clone()) != &places {
            return Err(format!("two orders of members: {order:?} and {places:?}"));
        }
        let others: BTreeSet<Origin> = seen.into_iter().filter(|&origin| origin != me).collect();
        if process.members != others {
            return Err(format!("{me:?} announced {:?}, members are {others:?}", process.members));
        }
        if !process.node.is_calm() || (process.is_alone && running.len() > 1) {
            return Err(format!("{me:?} is not calm: {members:?}"));
        }
        if process.node.unconfirmed() > 0 {
            return Err(format!("{me:?} waits for {} confirmations", process.node.unconfirmed()));
        }
        maps_equal(process, &running)?;
    }
    let is_running = |origin: &Origin| everybody.contains(origin);
    if let Some((one, other)) =
        ledger.forgotten.iter().find(|(one, other)| is_running(one) && is_running(other))
    {
        return Err(format!("{one:?} removed {other:?} and took it back, and that one was never told"));
    }
    payloads_accounted(&running, ledger)
}

fn maps_equal(process: &Process, running: &[&Process]) -> Result<(), String> {
    let me = process.node.origin();
    for owner in running.iter().filter(|owner| owner.node.origin() != me) {
        let origin = owner.node.origin();
        let copy: BTreeMap<(u16, Bytes), Bytes> = process
            .copies
            .get(&origin)
            .map(|copy| copy.entries.iter().map(|(key, (value, _))| (key.clone(), value.clone())).collect())
            .unwrap_or_default();
        if copy != owner.own {
            return Err(format!("{me:?} holds {copy:?} of {origin:?}, who has {:?}", owner.own));
        }
    }
    let known = running.iter().map(|owner| owner.node.origin()).collect::<BTreeSet<_>>();
    match process.copies.keys().find(|origin| !known.contains(origin)) {
        Some(dead) => Err(format!("{me:?} still holds entries of {dead:?}")),
        None => Ok(()),
    }
}

/// A payload of a run that still lives was delivered or came back.
fn payloads_accounted(running: &[&Process], ledger: &Ledger) -> Result<(), String> {
    let alive: BTreeSet<u64> = running.iter().map(|process| process.run).collect();
    let lost = ledger.sent.iter().find(|(number, (run, _))| {
        alive.contains(run) && !ledger.delivered.contains(number) && !ledger.returned.contains(number)
    });
    match lost {
        Some((number, (run, to))) => Err(format!("payload {number} of run {run} to {to:?} was lost")),
        None => Ok(()),
    }
}
