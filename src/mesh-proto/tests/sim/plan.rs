//! What one seed stands for: the hosts, the network between them, and everything that is going to happen to them.

use crate::chance::Chance;

/// Virtual milliseconds of peace before the last checks.
pub(crate) const PEACE_MS: u64 = 25_000;
/// One in so many worlds has more than six hosts, and one in so many of those more than twelve.
const BIG_ONE_IN: u64 = 20;
const HUGE_ONE_IN: u64 = 10;

/// Something that an application does, or that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// The application changes some of its entries.
    Write { host: usize, changes: u64 },
    /// The application sends some payloads to one member.
    Send { host: usize, payloads: u64 },
    /// The process is killed: its connections close.
    Kill { host: usize },
    /// The machine loses power: nothing answers any more, not even with a refusal.
    PowerOff { host: usize },
    /// The process says goodbye and ends.
    Leave { host: usize },
    /// A process starts with the node id of the earlier one; the wall clock has jumped by so many milliseconds.
    Start { host: usize, clock_jump_ms: i64 },
    /// Nothing of the host runs for so long.
    Pause { host: usize, ms: u64 },
    /// A middlebox forgets one of the connections.
    Break { nth: u64 },
    /// One direction of a connection loses packets for so long.
    Stall { nth: u64, ms: u64 },
    /// Nothing passes from one host to another, or in both directions.
    Cut { from: usize, to: usize, both: bool },
    /// The hosts whose bits are set lose the others.
    Split { side: u64 },
    /// All cuts end.
    Heal,
    /// A host's copy of another's entries is not what it was told.
    Spoil { host: usize, owner: usize, how: u64 },
}

impl Action {
    /// Whether it is trouble, and not what applications do all the time.
    pub(crate) fn is_fault(self) -> bool {
        !matches!(self, Self::Write { .. } | Self::Send { .. })
    }
}

/// What the network and the machines are like.
#[derive(Debug, Clone)]
pub(crate) struct Conditions {
    pub(crate) delay_max: u64,
    /// Packets of a hundred that TCP has to repeat.
    pub(crate) loss_percent: u64,
    /// What a driver takes from the node at once.
    pub(crate) batch_bytes: usize,
    /// What a connection holds before its writer has to wait.
    pub(crate) window_bytes: usize,
    pub(crate) tombstones_max: usize,
    /// Different keys that each application writes.
    pub(crate) keys: u64,
    /// Payloads of a hundred that are large.
    pub(crate) large_percent: u64,
}

/// One machine before anything happens.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// Hosts in its member list.
    pub(crate) knows: Vec<usize>,
    /// Whether the list also has an entry that never resolves.
    pub(crate) has_typo: bool,
    pub(crate) is_up: bool,
    /// Milliseconds that it takes to read one piece of a stream.
    pub(crate) read_ms: u64,
    /// Milliseconds within which its application takes a payload.
    pub(crate) accept_ms: u64,
    /// Whether it runs a release before: hosts with even numbers speak only the first wire version, others no newer than the
    /// second.
    pub(crate) is_old: bool,
    /// Its wall clock is wrong by so much.
    pub(crate) clock_ms: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) machines: Vec<Machine>,
    pub(crate) conditions: Conditions,
    pub(crate) faults_ms: u64,
    pub(crate) actions: Vec<(u64, Action)>,
}

impl Plan {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let count = hosts(&mut chance);
        let batch_bytes = chance.pick(&[128, 2048, 16_384]);
        let is_small = count <= 6;
        // What is written has to fit through the connections.
        let has_room = is_small && batch_bytes > 1024;
        let conditions = Conditions {
            delay_max: chance.pick(&[2, 20, 150]),
            loss_percent: chance.pick(&[0, 0, 2, 20]),
            batch_bytes,
            window_bytes: batch_bytes.max(8192) * 2,
            tombstones_max: chance.pick(&[0, 2, 2, 30, 200]),
            keys: chance.pick(&[6, 24, 24, if has_room { 400 } else { 24 }]),
            large_percent: if is_small { chance.pick(&[0, 0, 2]) } else { 0 },
        };
        let machines = machines(&mut chance, count, batch_bytes);
        let faults_ms = if is_small { 40_000 } else { 20_000 };
        let mut plan = Self { seed, machines, conditions, faults_ms, actions: Vec::new() };
        plan.fill(&mut chance);
        plan
    }

    /// Hosts that all know the first one and to which nothing happens.
    pub(crate) fn calm(count: usize) -> Self {
        let conditions = Conditions {
            delay_max: 1,
            loss_percent: 0,
            batch_bytes: 16_384,
            window_bytes: 65_536,
            tombstones_max: 100,
            keys: 1,
            large_percent: 0,
        };
        let machine = Machine {
            knows: vec![0],
            has_typo: false,
            is_up: true,
            read_ms: 0,
            accept_ms: 1,
            is_old: false,
            clock_ms: 0,
        };
        let machines = vec![machine; count];
        Self { seed: 0, machines, conditions, faults_ms: 0, actions: Vec::new() }
    }

    /// Keeps only those faults whose place in the schedule is listed.
    pub(crate) fn keep_faults(&mut self, kept: &[usize]) {
        let mut place = 0;
        self.actions.retain(|(_, action)| {
            place += 1;
            !action.is_fault() || kept.contains(&(place - 1))
        });
    }

    /// The places of the faults in the schedule.
    pub(crate) fn faults(&self) -> Vec<usize> {
        let actions = self.actions.iter().enumerate();
        actions.filter(|(_, (_, action))| action.is_fault()).map(|(place, _)| place).collect()
    }

    fn fill(&mut self, chance: &mut Chance) {
        let end = self.faults_ms + PEACE_MS / 2;
        let every = chance.pick(&[60, 200, 800]);
        let mut at = 10;
        while at < end {
            let host = chance.index(self.machines.len());
            let action = if chance.is(45) {
                Action::Write { host, changes: 1 + chance.below(8) }
            } else {
                Action::Send { host, payloads: 1 + chance.below(5) }
            };
            self.actions.push((at, action));
            at += 1 + chance.below(every);
        }
        let weights = Weights::new(chance);
        let every = chance.pick(&[500, 2000, 8000]);
        at = 10 + chance.below(every);
        while at < self.faults_ms {
            let action = weights.draw(chance, self.machines.len());
            self.actions.push((at, action));
            if let Action::PowerOff { host } = action
                && chance.is(50)
            {
                self.restart_twice(chance, at, host);
            }
            at += 1 + chance.below(every);
        }
        self.actions.sort_by_key(|&(at, _)| at);
    }

    /// A machine that crashes again as soon as it is up: words of its runs are under way at the same time.
    fn restart_twice(&mut self, chance: &mut Chance, mut at: u64, host: usize) {
        for _ in 0..2 {
            at += 1 + chance.below(50);
            self.actions.push((at, Action::Start { host, clock_jump_ms: 0 }));
            at += 1 + chance.below(600);
            self.actions.push((at, Action::PowerOff { host }));
        }
        self.actions.push((at + 20, Action::Start { host, clock_jump_ms: 0 }));
    }
}

fn hosts(chance: &mut Chance) -> usize {
    if chance.below(BIG_ONE_IN) > 0 {
        2 + chance.index(5)
    } else if chance.below(HUGE_ONE_IN) > 0 {
        7 + chance.index(6)
    } else {
        13 + chance.index(38)
    }
}

fn machines(chance: &mut Chance, count: usize, batch_bytes: usize) -> Vec<Machine> {
    let is_slow_world = chance.is(30);
    let is_mixed_world = chance.is(40);
    let mut machines: Vec<Machine> = (0..count)
        .map(|_| Machine {
            knows: Vec::new(),
            has_typo: chance.is(30),
            is_up: chance.is(80),
            read_ms: if is_slow_world && chance.is(40) { chance.pick(&[5, 20]) } else { 0 },
            accept_ms: if is_slow_world && chance.is(40) { 3000 } else { 60 },
            is_old: is_mixed_world && chance.is(50),
            clock_ms: i64::try_from(chance.below(20_000)).expect("small"),
        })
        .collect();
    // Every host is known by or knows an earlier one, and only that is sure.
    for index in 1..count {
        let other = chance.index(index);
        let (knower, known) = if chance.is(50) { (index, other) } else { (other, index) };
        machines[knower].knows.push(known);
    }
    for machine in &mut machines {
        if chance.is(50) {
            machine.knows.push(chance.index(count));
        }
        if batch_bytes < 1024 {
            machine.read_ms = machine.read_ms.min(5);
        }
    }
    machines
}

/// How often each kind of fault comes in one world: some do not come at all, so that others show what they do.
struct Weights([u64; 10]);

impl Weights {
    fn new(chance: &mut Chance) -> Self {
        let mut weights = [0; 10];
        for weight in &mut weights {
            *weight = chance.pick(&[0, 1, 1, 5]);
        }
        // Who is dead comes back.
        weights[3] = weights[0] + weights[1] + weights[2];
        if weights.iter().all(|&weight| weight == 0) {
            weights[5] = 1;
        }
        Self(weights)
    }

    fn draw(&self, chance: &mut Chance, count: usize) -> Action {
        let mut dice = chance.below(self.0.iter().sum());
        let kind = self.0.iter().position(|&weight| {
            let is_it = dice < weight;
            dice = dice.saturating_sub(weight);
            is_it
        });
        let host = chance.index(count);
        match kind.unwrap_or(5) {
            0 => Action::Kill { host },
            1 => Action::PowerOff { host },
            2 => Action::Leave { host },
            3 => Action::Start { host, clock_jump_ms: chance.pick(&[0, 0, 5000, -20_000, -86_400_000]) },
            4 => Action::Pause { host, ms: chance.below(8000) },
            5 => Action::Break { nth: chance.number() },
            6 => Action::Stall { nth: chance.number(), ms: chance.below(3000) },
            7 if chance.is(50) => Action::Heal,
            8 => Action::Spoil { host, owner: chance.index(count), how: chance.number() },
            7 => Action::Split { side: 1 + chance.below((1 << count) - 2) },
            _ if chance.is(40) => Action::Heal,
            _ => {
                let to = (host + 1 + chance.index(count - 1)) % count;
                Action::Cut { from: host, to, both: chance.is(50) }
            }
        }
    }
}
