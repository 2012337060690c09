//! The simulated world: its clock, its events, and what nodes ask for.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use cobnut_mesh_proto::{
    ConnId, DialFailure, LeaveReason, Node, Origin, Output, Receipt, RefusalCode, Timestamp,
};

use crate::chance::Chance;
use crate::checks::{Ends, Ledger, payload_number};
use crate::host::{Host, index_of};
use crate::network::Wire;
use crate::plan::{Action, Conditions, PEACE_MS, Plan};

/// The expensive checks are made so often.
const CHECK_EVERY_MS: u64 = 500;
/// More events than this at one moment: somebody spins.
const EVENTS_PER_MS_MAX: u64 = 200_000;

/// One end of a connection: host, process, name of the connection there.
pub(crate) type End = (usize, u64, ConnId);

#[derive(Debug)]
pub(crate) enum Event {
    Act(Action),
    Check,
    Tick {
        host: usize,
        run: u64,
    },
    DialArrives {
        from: End,
        to: usize,
        since: u64,
    },
    DialFails {
        end: End,
        failure: DialFailure,
    },
    Write {
        end: End,
    },
    /// The next piece on the way to one end of a connection arrives.
    Arrive {
        wire: u64,
        side: usize,
    },
    Closed {
        end: End,
    },
    Accept {
        host: usize,
        run: u64,
        receipt: Receipt,
        number: u64,
    },
}

pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) now: u64,
    pub(crate) chance: Chance,
    pub(crate) conditions: Conditions,
    pub(crate) hosts: Vec<Host>,
    queue: BTreeMap<(u64, u64), Event>,
    queued: u64,
    pub(crate) wires: BTreeMap<u64, Wire>,
    pub(crate) wire_of: BTreeMap<End, (u64, usize)>,
    pub(crate) last_wire: u64,
    pub(crate) last_run: u64,
    /// Directions in which nothing passes.
    pub(crate) cuts: BTreeSet<(usize, usize)>,
    /// When the last cut between two hosts (the smaller first) healed, and any trouble between them ended.
    pub(crate) healed: BTreeMap<(usize, usize), u64>,
    pub(crate) troubled: BTreeMap<(usize, usize), u64>,
    /// By how much the network and slow machines may be later than fast ones.
    pub(crate) patience: u64,
    /// When two hosts last were cut off from each other while others reached both.
    pub(crate) torn_at: Option<u64>,
    pub(crate) ledger: Ledger,
    pub(crate) ends: Ends,
    faults_ms: u64,
    trace: bool,
}

impl World {
    pub(crate) fn new(plan: &Plan, trace: bool) -> Self {
        let conditions = plan.conditions.clone();
        let read_ms = plan.machines.iter().map(|machine| machine.read_ms).max().unwrap_or(0);
        let lost = if conditions.loss_percent > 0 { 2000 } else { 0 };
        let patience = 10 * conditions.delay_max + lost + 50 * read_ms;
        let machines = plan.machines.iter().cloned().enumerate();
        let mut world = Self {
            seed: plan.seed,
            now: 0,
            chance: Chance::new(!plan.seed),
            hosts: machines.map(|(index, machine)| Host::new(index, machine)).collect(),
            queue: BTreeMap::new(),
            queued: 0,
            wires: BTreeMap::new(),
            wire_of: BTreeMap::new(),
            last_wire: 0,
            last_run: 0,
            cuts: BTreeSet::new(),
            healed: BTreeMap::new(),
            troubled: BTreeMap::new(),
            patience,
            torn_at: None,
            ledger: Ledger::default(),
            ends: Ends::default(),
            faults_ms: plan.faults_ms,
            trace,
            conditions,
        };
        for &(at, action) in &plan.actions {
            world.schedule(at, Event::Act(action));
        }
        world
    }

    pub(crate) fn run(mut self) -> Result<(), String> {
        self.start_machines()?;
        self.schedule(CHECK_EVERY_MS, Event::Check);
        self.work_until(self.faults_ms)?;
        self.make_peace()?;
        self.work_until(self.faults_ms + PEACE_MS)?;
        self.check_quiet().map_err(|err| self.at(&err))
    }

    pub(crate) fn start_machines(&mut self) -> Result<(), String> {
        for host in 0..self.hosts.len() {
            if self.hosts[host].machine.is_up {
                self.start(host)?;
            }
        }
        Ok(())
    }

    pub(crate) fn work_until(&mut self, end: u64) -> Result<(), String> {
        let mut at_once = 0;
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= end) {
            let ((at, number), event) = entry.remove_entry();
            at_once = if at > self.now { 0 } else { at_once + 1 };
            if at_once > EVENTS_PER_MS_MAX {
                return Err(self.at(&format!("too many events at one moment, the last is {event:?}")));
            }
            self.now = self.now.max(at);
            let paused = self.host_of(&event).map_or(0, |host| self.hosts[host].paused_until);
            if paused > self.now {
                // With its number, so that nothing overtakes it on the same connection.
                self.queue.insert((paused, number), event);
                continue;
            }
            self.handle(event).map_err(|err| self.at(&err))?;
        }
        self.now = end;
        Ok(())
    }

    fn at(&self, err: &str) -> String {
        format!("after {} ms: {err}", self.now)
    }

    pub(crate) fn log(&self, what: impl FnOnce() -> String) {
        if self.trace {
            #[expect(clippy::print_stdout, reason = "asked for with COBNUT_SIM_TRACE")]
            {
                println!("{:>6} {}", self.now, what());
            }
        }
    }

    pub(crate) fn schedule(&mut self, after: u64, event: Event) {
        self.queued += 1;
        self.queue.insert((self.now + after, self.queued), event);
    }

    pub(crate) fn delay(&mut self) -> u64 {
        1 + self.chance.below(self.conditions.delay_max)
    }

    fn host_of(&self, event: &Event) -> Option<usize> {
        match event {
            Event::Act(_) | Event::Check | Event::DialArrives { .. } => None,
            Event::Tick { host, .. } | Event::Accept { host, .. } => Some(*host),
            Event::DialFails { end, .. } | Event::Write { end } | Event::Closed { end } => Some(end.0),
            Event::Arrive { wire, side } => self.wires.get(wire).map(|wire| wire.ends[*side].0),
        }
    }

    fn handle(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Act(action) => self.act(action),
            Event::Check => {
                self.schedule(CHECK_EVERY_MS, Event::Check);
                if self.is_torn() {
                    self.torn_at = Some(self.now);
                }
                self.check_settled()?;
                self.check_ends()?;
                self.check_bounds()
            }
            Event::Tick { host, run } => self.tick(host, run),
            Event::DialArrives { from, to, since } => self.dial_arrives(from, to, since),
            Event::DialFails { end, failure } => {
                self.hosts[end.0].process_of(end.1).into_iter().for_each(|process| {
                    process.open.remove(&end.2);
                });
                self.with(end.0, end.1, |node, now| node.handle_dial_failed(now, end.2, failure))
            }
            Event::Write { end } => {
                self.write(end);
                Ok(())
            }
            Event::Arrive { wire, side } => self.arrive(wire, side),
            Event::Closed { end } => self.closed(end),
            Event::Accept { host, run, receipt, number } => {
                if let Some(process) = self.hosts[host].process_of(run) {
                    if process.application.void.contains(&receipt.stream()) {
                        return Ok(());
                    }
                    self.ledger.accept(&process.application, receipt.from, number)?;
                }
                self.with(host, run, |node, _| node.handle_accepted(receipt))
            }
        }
    }

    fn tick(&mut self, host: usize, run: u64) -> Result<(), String> {
        let now = self.now;
        let Some(process) = self.hosts[host].process_of(run) else { return Ok(()) };
        if process.armed.take_if(|armed| *armed <= now).is_none() {
            return Ok(());
        }
        self.with(host, run, Node::handle_timeout)?;
        self.check_ticks(host, run)
    }

    /// Feeds the node of a process, if it still runs, and does what it asks for.
    pub(crate) fn with(
        &mut self,
        host: usize,
        run: u64,
        feed: impl FnOnce(&mut Node, Timestamp),
    ) -> Result<(), String> {
        let now = Timestamp(self.now);
        let Some(process) = self.hosts[host].process_of(run) else { return Ok(()) };
        feed(&mut process.node, now);
        self.perform(host, run)
    }

    pub(crate) fn perform(&mut self, host: usize, run: u64) -> Result<(), String> {
        loop {
            let Some(process) = self.hosts[host].process_of(run) else { return Ok(()) };
            let Some(output) = process.node.poll_output() else { break };
            self.perform_one(host, run, output)?;
        }
        let now = self.now;
        let Some(process) = self.hosts[host].process_of(run) else { return Ok(()) };
        let due = process.node.poll_timeout().map(|due| due.0.max(now));
        if let Some(due) = due.filter(|&due| process.armed.is_none_or(|armed| due < armed)) {
            process.armed = Some(due);
            self.schedule(due - now, Event::Tick { host, run });
        }
        Ok(())
    }

    fn perform_one(&mut self, host: usize, run: u64, output: Output) -> Result<(), String> {
        let quiet = matches!(
            output,
            Output::Wake(_)
                | Output::Entry { .. }
                | Output::Deliver { .. }
                | Output::Confirmed { .. }
                | Output::Dial { .. }
        );
        if !quiet {
            self.log(|| format!("host {host} run {run}: {output:?}"));
        }
        let Some(process) = self.hosts[host].process_of(run) else { return Ok(()) };
        match output {
            Output::Dial { conn, address } => self.dial((host, run, conn), address),
            Output::Resolve { candidate, .. } => {
                let now = Timestamp(self.now);
                process.node.handle_resolved(now, candidate, Err("no such name".into()));
            }
            Output::Wake(conn) => self.schedule(0, Event::Write { end: (host, run, conn) }),
            Output::Close(conn) => self.shut((host, run, conn)),
            Output::Abort(conn) => self.abort((host, run, conn)),
            Output::TakenBack(stream) => process.application.taken_back(stream),
            Output::Deliver { from, receipt, payload } => self.deliver(host, from, receipt, &payload)?,
            Output::Confirmed { to, cost } => self.ledger.confirm(&mut process.application, to, cost)?,
            Output::MemberJoined(origin) => {
                process.application.joined(origin)?;
                self.greet(host, origin);
            }
            Output::ForgottenBy(origin) => {
                if !process.application.members.contains(&origin) {
                    return Err(format!("host {host} was forgotten by {origin:?}, who is no member"));
                }
                self.greet(host, origin);
            }
            Output::MemberLeft { member, unconfirmed, reason } => {
                self.member_left(host, member, reason, &unconfirmed)?;
            }
            Output::Entry { origin, map, key, value } => {
                let vanished = process.application.entry(origin, (map, key), value)?;
                vanished.map_or(Ok(()), |vanished| self.may_vanish(host, origin, &vanished))?;
            }
            Output::SnapshotBegin(origin) => process.application.snapshot_begins(origin)?,
            Output::SnapshotEnd(origin) => {
                for vanished in process.application.snapshot_ends(origin)? {
                    self.may_vanish(host, origin, &vanished)?;
                }
            }
            Output::Digest { origin, maps } => {
                let differs = process.application.differs(origin, &maps)?;
                if differs {
                    process.node.handle_divergence(origin);
                }
            }
            Output::Link { member, is_connected } => process.application.linked(member, is_connected),
            Output::Alone(is_alone) => process.application.is_alone = is_alone,
            Output::Standing(standing) => process.application.standing = standing,
            Output::Refused { code: RefusalCode::CutOff, .. } if self.was_torn_lately() => {}
            Output::Refused { code, reason, .. } if !code.is_quiet() => {
                return Err(format!("host {host} saw a refusal: {reason}"));
            }
            Output::Nonsense { peer, what, member: Some(_) } => {
                return Err(format!("host {host} takes the words of its member {peer} for nonsense: {what}"));
            }
            _ => {}
        }
        Ok(())
    }

    fn deliver(
        &mut self,
        host: usize,
        from: Origin,
        receipt: Receipt,
        payload: &Bytes,
    ) -> Result<(), String> {
        let within = self.hosts[host].machine.accept_ms;
        let after = self.chance.below(within);
        let now = self.now;
        let Some(process) = self.hosts[host].process.as_mut() else { return Ok(()) };
        let application = &mut process.application;
        let number = payload_number(payload);
        self.ledger.deliver(from, application.me, number)?;
        if payload.get(8) == Some(&crate::mischief::GREETING) {
            application.greeted_by.insert(from);
        }
        // One after the other: a slow one holds up the others for as long again, and no longer.
        application.accepts_until = application.accepts_until.max(now + after).min(now + within);
        let (run, at) = (process.run, application.accepts_until.max(now));
        self.schedule(at - now, Event::Accept { host, run, receipt, number });
        Ok(())
    }

    fn member_left(
        &mut self,
        host: usize,
        member: Origin,
        reason: LeaveReason,
        unconfirmed: &[Bytes],
    ) -> Result<(), String> {
        let Some(process) = self.hosts[host].process.as_mut() else { return Ok(()) };
        let expected = process.application.left(member)?;
        if reason == LeaveReason::Left {
            process.application.heard_goodbye.insert(member);
        }
        self.ledger.give_back(process.application.me, &expected, unconfirmed)?;
        self.do_tasks(host, member, reason);
        self.may_remove(host, member, reason)
    }

    pub(crate) fn start(&mut self, host: usize) -> Result<(), String> {
        self.last_run += 1;
        let run = self.last_run;
        let before = self.hosts[host].origin();
        debug_assert!(before.is_none(), "host {} runs", before.map_or(0, index_of));
        self.hosts[host].start(host, self.now, run, self.seed, &self.conditions);
        self.hosts[host].troubled_at = self.hosts[host].troubled_at.max(self.now);
        self.log(|| format!("host {host} starts run {run}"));
        for _ in 0..self.chance.below(8) {
            self.change_entry(host);
        }
        self.perform(host, run)
    }
}
