//! What holds between two hosts that have been undisturbed for a while, whatever happens elsewhere: those that reach
//! each other are members, agree about each other's place, and hold each other's entries; those that do not are not.

use std::collections::BTreeSet;

use cobnut_mesh_proto::Origin;

use crate::application::Application;
use crate::host::{Process, index_of};
use crate::world::World;

/// "One component within 10 s after the network's return."
const HEALED_AFTER_MS: u64 = 10_000;
/// Silence until death, a heartbeat, and the time of a read.
const REMOVED_AFTER_MS: u64 = 7500;
/// Of a cut in one direction, the side that still hears learns when the other side hangs up.
const REMOVED_ONE_WAY_AFTER_MS: u64 = 13_000;
/// Members that had to part are together again after the end of the cut and the longest hold of a repeated one here.
const TORN_FOR_MS: u64 = 24_000;
/// A change is seen by all connected members.
const SEEN_AFTER_MS: u64 = 1000;
/// A copy that differs is found with a heartbeat soon after and read again.
const REPAIRED_AFTER_MS: u64 = 6000;

impl World {
    pub(crate) fn check_settled(&self) -> Result<(), String> {
        let together = self.together();
        for (one, host) in self.hosts.iter().enumerate() {
            let Some(process) = host.process.as_ref().filter(|_| host.paused_until <= self.now) else {
                continue;
            };
            self.no_ghosts(one, process)?;
            for (two, other) in self.hosts.iter().enumerate() {
                let Some(owner) = other.process.as_ref().filter(|_| together.contains(&(one, two))) else {
                    continue;
                };
                agrees(process, owner)?;
                self.copy_follows(&process.application, owner)?;
                holds_what_it_says(owner, &process.application)?;
            }
        }
        Ok(())
    }

    /// Whether two running hosts are cut off from each other while others reach both.
    pub(crate) fn is_torn(&self) -> bool {
        let count = self.hosts.len();
        let mut part: Vec<usize> = (0..count).collect();
        for _ in 0..count {
            for one in 0..count {
                for two in 0..count {
                    if part[two] < part[one] && self.is_linked(one, two) {
                        part[one] = part[two];
                    }
                }
            }
        }
        let runs = |host: usize| self.hosts[host].process.is_some();
        let is_cut = |&&(one, two): &&(usize, usize)| runs(one) && runs(two) && part[one] == part[two];
        self.cuts.iter().any(|pair| is_cut(&pair))
    }

    /// Whether members may still be apart because two of them could not reach each other.
    pub(crate) fn was_torn_lately(&self) -> bool {
        self.torn_at.is_some_and(|torn_at| torn_at + TORN_FOR_MS + 2 * self.patience > self.now)
    }

    /// Pairs of hosts, both ways round, that have reached each other for long enough and could learn of each other.
    pub(crate) fn together(&self) -> BTreeSet<(usize, usize)> {
        if self.was_torn_lately() {
            // Who reaches whom does not say who is whose member; `scenarios` checks the outcome of such cuts.
            return BTreeSet::new();
        }
        let count = self.hosts.len();
        let quiet = HEALED_AFTER_MS + 2 * self.patience;
        let reached: BTreeSet<(usize, usize)> = (0..count)
            .flat_map(|one| (0..count).map(move |two| (one, two)))
            .filter(|&(one, two)| one != two && self.is_linked(one, two) && self.quiet_for(one, two) > quiet)
            .collect();
        let knows = |one: usize, two: usize| self.hosts[one].machine.knows.contains(&two);
        let mut together: BTreeSet<(usize, usize)> =
            reached.iter().copied().filter(|&(one, two)| knows(one, two) || knows(two, one)).collect();
        loop {
            // Who has a member in common with somebody it reaches is told of it.
            let told: Vec<(usize, usize)> = reached
                .iter()
                .copied()
                .filter(|pair| !together.contains(pair))
                .filter(|&(one, two)| {
                    (0..count)
                        .any(|common| together.contains(&(one, common)) && together.contains(&(common, two)))
                })
                .collect();
            if told.is_empty() {
                return together;
            }
            together.extend(told);
        }
    }

    /// Whether both run and nothing is cut between them.
    fn is_linked(&self, one: usize, two: usize) -> bool {
        self.hosts[one].process.is_some()
            && self.hosts[two].process.is_some()
            && !self.cuts.contains(&(one, two))
            && !self.cuts.contains(&(two, one))
    }

    /// For how long nothing has happened to two hosts and the way between them.
    fn quiet_for(&self, one: usize, two: usize) -> u64 {
        let pair = (one.min(two), one.max(two));
        let between = self.troubled.get(&pair).copied().unwrap_or(0);
        let last = between.max(self.hosts[one].troubled_at).max(self.hosts[two].troubled_at);
        self.now.saturating_sub(last)
    }

    /// Nobody is a member for long who is dead or out of reach.
    fn no_ghosts(&self, one: usize, process: &Process) -> Result<(), String> {
        for &member in &process.application.members {
            let two = index_of(member);
            let is_one_way = self.cuts.contains(&(one, two)) != self.cuts.contains(&(two, one));
            let limit = if is_one_way { REMOVED_ONE_WAY_AFTER_MS } else { REMOVED_AFTER_MS } + self.patience;
            let is_right = self.hosts[two].origin() == Some(member) && self.is_linked(one, two);
            if !is_right && self.quiet_for(one, two) > limit {
                return Err(format!(
                    "host {one} still has {member:?} as a member, who is dead or out of reach"
                ));
            }
        }
        Ok(())
    }

    /// No live entry is missing at a reader and no dead one is left, but for what has just changed.
    fn copy_follows(&self, reader: &Application, owner: &Process) -> Result<(), String> {
        let origin = owner.node.origin();
        let me = reader.me;
        let lately = self.now.saturating_sub(SEEN_AFTER_MS + 2 * self.patience);
        let Some(copy) = reader.copies.get(&origin) else {
            return Err(format!("{me:?} has no copy of {origin:?}"));
        };
        if let Some(at) = copy.spoilt_at {
            let is_overdue = self.now > at + REPAIRED_AFTER_MS + 2 * self.patience;
            let overdue = || format!("{me:?} has not repaired its copy of {origin:?} since {at}");
            return if is_overdue { Err(overdue()) } else { Ok(()) };
        }
        for (key, own) in &owner.application.own {
            let shown = copy.entries.get(key).map(|shown| shown.number);
            if shown != Some(own.number) && own.at < lately {
                return Err(format!("{me:?} shows {shown:?} as {key:?} of {origin:?}, who holds {own:?}"));
            }
        }
        // Until a snapshot ends it may still show sessions that are over.
        if copy.is_in_snapshot {
            return Ok(());
        }
        let is_dead = |key| owner.application.removed.get(key).is_none_or(|&at| at < lately);
        let dead = copy.entries.keys().find(|key| !owner.application.own.contains_key(*key) && is_dead(*key));
        match dead {
            Some(key) => Err(format!("{me:?} still shows {key:?} of {origin:?}, who removed it")),
            None => Ok(()),
        }
    }
}

/// What the owner believes that a reader holds, the reader shows.
fn holds_what_it_says(owner: &Process, reader: &Application) -> Result<(), String> {
    let origin = owner.node.origin();
    let version = owner.node.version();
    let figures = owner.node.link_figures();
    let Some(figures) = figures.iter().find(|figures| figures.member == reader.me) else { return Ok(()) };
    let held = version.saturating_sub(figures.lag);
    let Some(copy) = reader.copies.get(&origin).filter(|copy| copy.spoilt_at.is_none()) else {
        return Ok(());
    };
    let missing = owner.application.own.iter().find(|(key, own)| {
        own.version <= held && copy.entries.get(*key).is_none_or(|shown| shown.number < own.number)
    });
    match missing {
        Some((key, own)) => Err(format!(
            "{:?} says that it holds version {held} of {origin:?} and lacks {key:?}, {own:?}",
            reader.me
        )),
        None => Ok(()),
    }
}

fn agrees(process: &Process, other: &Process) -> Result<(), String> {
    let (me, origin) = (process.node.origin(), other.node.origin());
    let place = |of: &Process, origin: Origin| {
        of.node.members().iter().find(|member| member.origin == origin).map(|member| member.joined_at)
    };
    let Some(seen) = place(process, origin) else {
        return Err(format!("{me:?} and {origin:?} reach each other and are no members of each other"));
    };
    if !process.application.members.contains(&origin) {
        return Err(format!("{me:?} was never told of its member {origin:?}"));
    }
    let own = place(other, origin);
    if own != Some(seen) {
        return Err(format!("{me:?} gives {origin:?} the place {seen}, who is at {own:?}"));
    }
    Ok(())
}
