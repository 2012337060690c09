//! What exactly one member does for a run that is over (remember when its users were last online): the members choose
//! that one by themselves, by rendezvous over the view that each has.

use std::collections::{BTreeMap, BTreeSet};

use cobnut_mesh_proto::{LeaveReason, Origin, responsible};

use crate::host::index_of;
use crate::world::World;

/// Things to do for each run that ends.
const TASKS: usize = 4;
/// By then everybody has noticed the end of a process whose host still answers.
const DONE_AFTER_MS: u64 = 4000;

#[derive(Default)]
pub(crate) struct Ends {
    /// Which hosts did each task.
    done: BTreeMap<Origin, [Vec<usize>; TASKS]>,
    /// Ends that nothing disturbed before.
    watched: Vec<(u64, Origin)>,
}

impl World {
    /// A host removed a member: it does what it finds itself responsible for.
    pub(crate) fn do_tasks(&mut self, host: usize, member: Origin, reason: LeaveReason) {
        if !matches!(reason, LeaveReason::Left | LeaveReason::Closed | LeaveReason::Replaced) {
            return;
        }
        let Some(process) = self.hosts[host].process.as_ref() else { return };
        let me = process.node.origin().node;
        let others = process.application.members.iter().map(|origin| origin.node);
        let nodes: BTreeSet<[u8; 16]> = others.chain([me]).collect();
        let done = self.ends.done.entry(member).or_default();
        for (task, hosts) in done.iter_mut().enumerate() {
            let key = format!("{member:?} {task}");
            if responsible(key.as_bytes(), nodes.iter()) == Some(me) {
                hosts.push(host);
            }
        }
    }

    /// A process is about to end. It is watched if all others have been undisturbed members of each other.
    pub(crate) fn watch_end(&mut self, host: usize) {
        let Some(origin) = self.hosts[host].origin() else { return };
        let running: Vec<usize> =
            (0..self.hosts.len()).filter(|&index| self.hosts[index].process.is_some()).collect();
        let together = self.together();
        let all = running.iter().flat_map(|&one| running.iter().map(move |&two| (one, two)));
        // A dead member that nobody has noticed yet may be the one that is chosen.
        let mut processes = self.hosts.iter().filter_map(|host| host.process.as_ref());
        let is_noticed = processes.all(|process| process.application.members.len() + 1 == running.len());
        let is_calm = is_noticed && all.filter(|(one, two)| one != two).all(|pair| together.contains(&pair));
        if is_calm && running.len() > 1 {
            self.ends.watched.push((self.now, origin));
        }
    }

    /// Another fault comes: what it may disturb is not judged.
    pub(crate) fn disturb_ends(&mut self) {
        let now = self.now;
        self.ends.watched.retain(|&(at, _)| at + DONE_AFTER_MS <= now);
    }

    pub(crate) fn check_ends(&mut self) -> Result<(), String> {
        let now = self.now;
        let (judged, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.ends.watched)
            .into_iter()
            .partition(|&(at, _)| at + DONE_AFTER_MS <= now);
        self.ends.watched = later;
        for (_, origin) in judged {
            let done = self.ends.done.remove(&origin).unwrap_or_default();
            if let Some(hosts) = done.iter().find(|hosts| hosts.len() != 1) {
                let index = index_of(origin);
                return Err(format!(
                    "a task for {origin:?} of host {index}, which ended, was done by {hosts:?}"
                ));
            }
        }
        Ok(())
    }
}
