//! Who may be removed, and which entries may vanish.

use cobnut_mesh_proto::{LeaveReason, Origin};

use crate::application::Vanished;
use crate::host::index_of;
use crate::world::World;

/// A way that is free again is found by then, whatever TCP does meanwhile: the longest round trips of a dial and a
/// hello in this simulation, and some margin.
const NOTICED_AFTER_MS: u64 = 1500;

impl World {
    /// A member that runs and can be reached is never declared dead, whatever happens to connections and dials.
    pub(crate) fn may_remove(&self, by: usize, member: Origin, reason: LeaveReason) -> Result<(), String> {
        let index = index_of(member);
        let process = self.hosts[index].process.as_ref();
        let Some(process) = process.filter(|process| process.node.origin() == member) else { return Ok(()) };
        let is_right = match reason {
            LeaveReason::WeLeave => true,
            LeaveReason::Left => process.has_left,
            LeaveReason::Silent => self.parted_until(by, index) + NOTICED_AFTER_MS + self.patience > self.now,
            // Nobody can tell the last words of an earlier run from a later one if the clock went back between them.
            // Of a member whose connection is broken they are believed.
            LeaveReason::Replaced => {
                let remover = self.hosts[by].process.as_ref();
                let is_unlinked =
                    remover.is_some_and(|process| process.application.unlinked.contains(&member));
                is_unlinked || self.hosts[index].has_had_later_clock(member.incarnation)
            }
            LeaveReason::Closed | LeaveReason::Unresumable => false,
            // Only who cannot reach somebody that others reach has to part from anybody.
            LeaveReason::Parted => self.was_torn_lately(),
        };
        if is_right { Ok(()) } else { Err(format!("host {by} removed {member:?}, who is alive: {reason}")) }
    }

    /// When the last cut between two running hosts ended, or the last pause of the second.
    fn parted_until(&self, one: usize, two: usize) -> u64 {
        let pair = (one.min(two), one.max(two));
        if self.cuts.contains(&(one, two)) || self.cuts.contains(&(two, one)) {
            return self.now;
        }
        let healed = self.healed.get(&pair).copied().unwrap_or(0);
        // Who was paused itself does not blame the others for it.
        healed.max(self.hosts[two].paused_until)
    }

    /// An entry that a reader showed and that its living owner has held ever since does not vanish.
    pub(crate) fn may_vanish(
        &self,
        reader: usize,
        origin: Origin,
        vanished: &Vanished,
    ) -> Result<(), String> {
        let owner = self.hosts[index_of(origin)].process.as_ref();
        let held = owner.filter(|process| process.node.origin() == origin).and_then(|process| {
            process.application.own.get(&vanished.key).filter(|own| own.born <= vanished.number)
        });
        match held {
            Some(own) => Err(format!(
                "host {reader} does not show {:?} of {origin:?} any more, who has held it since change {} (shown: {}, now: {})",
                vanished.key, own.born, vanished.number, own.number
            )),
            None => Ok(()),
        }
    }
}
