//! The simulated world: clock, network, faults.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use cobnut_mesh_proto::{Candidate, ConnId, DialFailure, LeaveReason, Origin, Output, Receipt, Timestamp};

use crate::chance::Chance;
use crate::checks::{Ledger, View, quiescent};
use crate::host::Host;

/// Virtual milliseconds of faults, and of peace before the checks.
pub(crate) const FAULTS_MS: u64 = 40_000;
pub(crate) const PEACE_MS: u64 = 25_000;

/// One end of a connection: host, process, name of the connection there.
pub(crate) type End = (usize, u64, ConnId);

#[derive(Debug)]
pub(crate) enum Event {
    /// The application and the faults.
    Mischief,
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
    /// Bytes (or, if empty, the end of the stream) of a connection arrive.
    Arrive {
        wire: u64,
        side: usize,
        bytes: Bytes,
        since: u64,
    },
    Closed {
        end: End,
    },
    Accept {
        host: usize,
        run: u64,
        receipt: Receipt,
    },
}

/// A TCP connection.
pub(crate) struct Wire {
    pub(crate) ends: [End; 2],
    pub(crate) is_open: [bool; 2],
    /// When the last bytes towards each end arrive: they stay in order.
    pub(crate) busy_until: [u64; 2],
}

pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) now: u64,
    pub(crate) chance: Chance,
    pub(crate) hosts: Vec<Host>,
    pub(crate) queue: BTreeMap<(u64, u64), Event>,
    pub(crate) queued: u64,
    pub(crate) wires: BTreeMap<u64, Wire>,
    pub(crate) wire_of: BTreeMap<End, (u64, usize)>,
    pub(crate) last_wire: u64,
    pub(crate) last_run: u64,
    /// Directions in which nothing passes.
    pub(crate) cuts: BTreeSet<(usize, usize)>,
    /// When the last cut between two hosts (the smaller first) healed.
    pub(crate) healed: BTreeMap<(usize, usize), u64>,
    pub(crate) delay_max: u64,
    pub(crate) batch_bytes: usize,
    pub(crate) ledger: Ledger,
    pub(crate) last_payload: u64,
    pub(crate) is_peace: bool,
    pub(crate) trace: bool,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let count = 2 + chance.index(5);
        let mut hosts: Vec<Host> = (0..count).map(Host::new).collect();
        // Every host is known by or knows an earlier one, and only that is sure.
        for index in 1..count {
            let other = chance.index(index);
            let (knower, known) = if chance.is(50) { (index, other) } else { (other, index) };
            let host = hosts[known].address.ip().to_string();
            hosts[knower].candidates.push(Candidate { host, ports: vec![5701] });
        }
        for knower in 0..count {
            let known = chance.index(count);
            if chance.is(50) {
                let host = hosts[known].address.ip().to_string();
                hosts[knower].candidates.push(Candidate { host, ports: vec![5701] });
            }
            if chance.is(30) {
                let host = "10.0.0:1:5701".to_owned();
                hosts[knower].candidates.push(Candidate { host, ports: vec![5701] });
            }
        }
        let batch_bytes = [128, 2048][chance.index(2)];
        let delay_max = [2, 20, 150][chance.index(3)];
        let trace = std::env::var_os("COBNUT_SIM_TRACE").is_some();
        Self {
            seed,
            now: 0,
            chance,
            hosts,
            queue: BTreeMap::new(),
            queued: 0,
            wires: BTreeMap::new(),
            wire_of: BTreeMap::new(),
            last_wire: 0,
            last_run: 0,
            cuts: BTreeSet::new(),
            healed: BTreeMap::new(),
            delay_max,
            batch_bytes,
            ledger: Ledger::default(),
            last_payload: 0,
            is_peace: false,
            trace,
        }
    }

    pub(crate) fn run(mut self) -> Result<(), String> {
        for host in 0..self.hosts.len() {
            if self.chance.is(80) {
                self.start(host)?;
            }
        }
        self.schedule(10, Event::Mischief);
        self.work_until(FAULTS_MS)?;
        self.make_peace()?;
        self.work_until(FAULTS_MS + PEACE_MS)?;
        self.log(|| {
            let Ledger { sent, delivered, returned, .. } = &self.ledger;
            let twice = delivered.intersection(returned).count();
            let counts = (sent.len(), delivered.len(), returned.len(), twice);
            let of_last: Vec<_> = self
                .hosts
                .iter()
                .filter_map(|host| host.process.as_ref())
                .map(|process| process.node.counters())
                .collect();
            format!(
                "payloads sent, delivered, returned, both: {counts:?}; runs: {}; {of_last:?}",
                self.last_run
            )
        });
        quiescent(&self.hosts, &self.ledger)
    }

    fn work_until(&mut self, end: u64) -> Result<(), String> {
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= end) {
            let ((at, number), event) = entry.remove_entry();
            self.now = self.now.max(at);
            let paused = Self::host_of(&event, &self.wires).map_or(0, |host| self.hosts[host].paused_until);
            if paused > self.now {
                // With its number, so that nothing overtakes it on the same connection.
                self.queue.insert((paused, number), event);
                continue;
            }
            self.handle(event)?;
        }
        self.now = end;
        Ok(())
    }

    fn make_peace(&mut self) -> Result<(), String> {
        self.is_peace = true;
        self.heal_cuts();
        self.log(|| "peace".to_owned());
        for host in 0..self.hosts.len() {
            if self.hosts[host].process.is_none() {
                self.start(host)?;
            }
        }
        Ok(())
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
        1 + self.chance.below(self.delay_max)
    }

    fn host_of(event: &Event, wires: &BTreeMap<u64, Wire>) -> Option<usize> {
        match event {
            Event::Mischief | Event::DialArrives { .. } => None,
            Event::Tick { host, .. } | Event::Accept { host, .. } => Some(*host),
            Event::DialFails { end, .. } | Event::Write { end } | Event::Closed { end } => Some(end.0),
            Event::Arrive { wire, side, .. } => wires.get(wire).map(|wire| wire.ends[*side].0),
        }
    }

    fn handle(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Mischief => self.mischief(),
            Event::Tick { host, run } => {
                let process = self.hosts[host].process.as_mut().filter(|process| process.run == run);
                if process.is_some_and(|process| process.armed.take_if(|armed| *armed <= self.now).is_none())
                {
                    return Ok(());
                }
                self.with(host, run, cobnut_mesh_proto::Node::handle_timeout)
            }
            Event::DialArrives { from, to, since } => self.dial_arrives(from, to, since),
            Event::DialFails { end, failure } => {
                self.with(end.0, end.1, |node, now| node.handle_dial_failed(now, end.2, failure))
            }
            Event::Write { end } => {
                self.write(end);
                Ok(())
            }
            Event::Arrive { wire, side, bytes, since } => self.arrive(wire, side, bytes, since),
            Event::Closed { end } => self.closed(end),
            Event::Accept { host, run, receipt } => {
                self.with(host, run, |node, _| node.handle_accepted(receipt))
            }
        }
    }

    /// Feeds the node of a process, if it still runs, and does what it asks for.
    pub(crate) fn with(
        &mut self,
        host: usize,
        run: u64,
        feed: impl FnOnce(&mut cobnut_mesh_proto::Node, Timestamp),
    ) -> Result<(), String> {
        let now = Timestamp(self.now);
        let Some(process) = self.hosts[host].process.as_mut().filter(|process| process.run == run) else {
            return Ok(());
        };
        feed(&mut process.node, now);
        self.perform(host, run)
    }

    pub(crate) fn perform(&mut self, host: usize, run: u64) -> Result<(), String> {
        loop {
            let Some(process) = self.hosts[host].process.as_mut().filter(|process| process.run == run) else {
                return Ok(());
            };
            let Some(output) = process.node.poll_output() else { break };
            self.perform_one(host, run, output)?;
        }
        let Some(process) = self.hosts[host].process.as_mut() else { return Ok(()) };
        let due = process.node.poll_timeout().map(|due| due.0.max(self.now));
        if let Some(due) = due.filter(|&due| process.armed.is_none_or(|armed| due < armed)) {
            process.armed = Some(due);
            self.schedule(due - self.now, Event::Tick { host, run });
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
        if self.trace && !quiet {
            self.log(|| format!("host {host} run {run}: {output:?}"));
        }
        let process = self.hosts[host].process.as_mut().expect("checked by the caller");
        match output {
            Output::Dial { conn, address } => self.dial((host, run, conn), address),
            Output::Resolve { candidate, .. } => {
                let now = Timestamp(self.now);
                process.node.handle_resolved(now, candidate, Err("no such name".into()));
            }
            Output::Wake(conn) => self.schedule(0, Event::Write { end: (host, run, conn) }),
            Output::Close(conn) => self.shut((host, run, conn)),
            Output::Deliver { from, receipt, payload } => {
                let me = process.node.origin();
                let number = u64::from_be_bytes(payload[..8].try_into().expect("eight bytes"));
                self.ledger.deliver(from, me, number)?;
                let after = self.chance.below(60);
                self.schedule(after, Event::Accept { host, run, receipt });
            }
            Output::MemberJoined(origin) => {
                if !process.members.insert(origin) {
                    return Err(format!("host {host} announced {origin:?} twice"));
                }
                process.copies.entry(origin).or_default();
                let me = process.node.origin();
                self.ledger.forgotten.remove(&(origin, me));
            }
            Output::MemberLeft { member, unconfirmed, reason } => {
                self.member_left(host, member, reason, &unconfirmed)?;
            }
            Output::ForgottenBy(origin) => {
                if !process.members.contains(&origin) {
                    return Err(format!("host {host} was forgotten by {origin:?}, who is no member"));
                }
                let me = process.node.origin();
                self.ledger.forgotten.remove(&(origin, me));
            }
            Output::Digest { origin, maps } => process.compare(origin, &maps)?,
            Output::Entry { origin, map, key, value } => process.entry(origin, (map, key), value)?,
            Output::SnapshotBegin(origin) => process.copy_of(origin)?.epoch += 1,
            Output::SnapshotEnd(origin) => {
                let copy = process.copy_of(origin)?;
                let epoch = copy.epoch;
                copy.entries.retain(|_, (_, seen)| *seen == epoch);
            }
            Output::Alone(is_alone) => process.is_alone = is_alone,
            Output::Refused { code, reason, .. } if !code.is_quiet() => {
                return Err(format!("host {host} saw a refusal: {reason}"));
            }
            Output::Confirmed { .. }
            | Output::MembersChanged
            | Output::Suspected { .. }
            | Output::Link { .. }
            | Output::Refused { .. }
            | Output::Nonsense { .. }
            | Output::NameTrouble { .. }
            | Output::Paused { .. }
            | Output::Standing(_)
            | Output::SplitSuspected { .. }
            | Output::Healed { .. } => {}
        }
        Ok(())
    }

    fn member_left(
        &mut self,
        host: usize,
        member: Origin,
        reason: LeaveReason,
        unconfirmed: &[Bytes],
    ) -> Result<(), String> {
        let process = self.hosts[host].process.as_mut().expect("checked by the caller");
        if !process.members.remove(&member) {
            return Err(format!("host {host} lost {member:?}, whom it did not have"));
        }
        process.copies.remove(&member);
        self.ledger.forgotten.insert((process.node.origin(), member));
        let view = View { hosts: &self.hosts, cuts: &self.cuts, healed: &self.healed, now: self.now };
        view.may_remove(host, member, reason)?;
        let numbers = unconfirmed.iter().map(|payload| payload[..8].try_into().expect("eight bytes"));
        self.ledger.returned.extend(numbers.map(u64::from_be_bytes));
        Ok(())
    }

    pub(crate) fn start(&mut self, host: usize) -> Result<(), String> {
        self.last_run += 1;
        let run = self.last_run;
        let skew = self.chance.below(20_000);
        self.hosts[host].start(host, self.now, run, skew, self.seed);
        self.log(|| format!("host {host} starts run {run}"));
        for _ in 0..self.chance.below(8) {
            self.change_entry(host);
        }
        self.perform(host, run)
    }
}
