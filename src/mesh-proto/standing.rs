//! Which side of a split this node is on: who belonged to the cluster when it was last whole, and how many of them are
//! still in touch.
//!
//! A member that said goodbye, or whose host answers that nothing listens there, is certainly not serving on another
//! side and does not count. Only silence, and members that parted, leave a seat open. Lite members never count, as in
//! Hazelcast's split-brain protection.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use cobnut_model::limits::MEMBERS_MAX;

use crate::{Member, Timestamp};

/// A majority that has been without somebody for this time becomes the whole that later splits are measured by: a
/// cluster that lost hosts for good one by one goes on.
const ADOPT_AFTER_MS: u64 = 60_000;
/// Seats of lost members that are remembered, so that their return can be told with the time they were away.
const LOST_MAX: usize = 4 * MEMBERS_MAX;

/// Which part of the cluster this node is in touch with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// More than half of the cluster, or one half with the oldest member, or the whole.
    #[default]
    Majority,
    /// The smaller side of a split, or fewer members than the configuration demands.
    Minority {
        /// Members in touch, this node included.
        have: usize,
        /// Members that there should be.
        of: usize,
    },
}

/// What the loss of a member says about where it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// It does not run any more, or not in this cluster.
    Gone,
    /// It may serve on the other side of a split.
    Lost,
}

#[derive(Debug, Clone)]
struct Seat {
    joined_at: u64,
    address: SocketAddr,
    is_lite: bool,
    lost_at: Option<Timestamp>,
    is_counted: bool,
}

/// Who belonged to the cluster when it was last whole, without this node.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    seats: BTreeMap<[u8; 16], Seat>,
    /// Members without which this node stands in the minority; 0 for none.
    members_min: usize,
    changed_at: Timestamp,
}

impl Roster {
    pub(crate) fn new(members_min: usize) -> Self {
        Self { members_min, ..Self::default() }
    }

    /// A member came. Returns for how many milliseconds it had been lost, if it had.
    pub(crate) fn joined(&mut self, now: Timestamp, member: &Member) -> Option<u64> {
        let before = self.seats.get(&member.origin.node);
        let still_lost = before.and_then(|seat| seat.lost_at).filter(|_| mutated!(ReturnNotSeated));
        let seat = Seat {
            joined_at: member.joined_at,
            address: member.address,
            is_lite: member.is_lite,
            lost_at: still_lost,
            is_counted: true,
        };
        self.changed_at = now;
        let before = self.seats.insert(member.origin.node, seat)?;
        before.lost_at.map(|lost_at| now.since(lost_at))
    }

    /// A member's place in the list changed.
    pub(crate) fn moved(&mut self, node: [u8; 16], joined_at: u64) {
        if let Some(seat) = self.seats.get_mut(&node) {
            seat.joined_at = joined_at;
        }
    }

    /// A member was removed.
    pub(crate) fn left(&mut self, now: Timestamp, node: [u8; 16], loss: Loss) {
        match loss {
            Loss::Gone => {
                self.seats.remove(&node);
            }
            Loss::Lost => {
                if let Some(seat) = self.seats.get_mut(&node) {
                    seat.lost_at = Some(now);
                }
            }
        }
        self.changed_at = now;
        self.forget_surplus();
    }

    /// Nothing listens at an address any more: a lost member that was there is gone. Returns whether there was one.
    pub(crate) fn nobody_at(&mut self, address: SocketAddr) -> bool {
        let before = self.seats.len();
        self.seats.retain(|_, seat| seat.lost_at.is_none() || seat.address != address);
        self.seats.len() != before
    }

    /// This node leaves the cluster.
    pub(crate) fn clear(&mut self) {
        self.seats.clear();
    }

    /// Nodes that were lost at `since` or later and are not back.
    pub(crate) fn lost_since(&self, since: Timestamp) -> Vec<[u8; 16]> {
        let lost = self.seats.iter().filter(|(_, seat)| seat.lost_at.is_some_and(|at| at >= since));
        lost.map(|(&node, _)| node).collect()
    }

    /// When [`Self::adopt`] has something to do, if it has.
    pub(crate) fn adopts_at(&self) -> Option<Timestamp> {
        let has_lost = self.seats.values().any(|seat| seat.lost_at.is_some() && seat.is_counted);
        has_lost.then(|| self.changed_at.plus(ADOPT_AFTER_MS))
    }

    /// Measures later splits by what is left, if that is a majority and has been for long enough.
    pub(crate) fn adopt(&mut self, now: Timestamp, me: &Member) {
        if self.adopts_at().is_some_and(|at| at <= now) && self.has_majority(me) {
            self.seats.values_mut().for_each(|seat| seat.is_counted &= seat.lost_at.is_none());
        }
    }

    /// Where this node stands.
    pub(crate) fn standing(&self, me: &Member) -> Standing {
        let (have, of) = self.count(me);
        if have < self.members_min {
            return Standing::Minority { have, of: of.max(self.members_min) };
        }
        if self.has_majority(me) { Standing::Majority } else { Standing::Minority { have, of } }
    }

    fn has_majority(&self, me: &Member) -> bool {
        let (have, of) = self.count(me);
        if have * 2 != of {
            return have * 2 > of;
        }
        let places = self.counted().map(|(node, seat)| ((seat.joined_at, *node), seat.lost_at.is_none()));
        let mine = (!me.is_lite).then_some((me.place(), true));
        places.chain(mine).min().is_none_or(|(_, is_here)| is_here)
    }

    /// Members in touch and members of the whole, this node included.
    fn count(&self, me: &Member) -> (usize, usize) {
        let own = usize::from(!me.is_lite);
        let here = self.counted().filter(|(_, seat)| seat.lost_at.is_none()).count();
        (here + own, self.counted().count() + own)
    }

    fn counted(&self) -> impl Iterator<Item = (&[u8; 16], &Seat)> {
        self.seats.iter().filter(|(_, seat)| seat.is_counted && !seat.is_lite)
    }

    fn forget_surplus(&mut self) {
        while self.seats.values().filter(|seat| seat.lost_at.is_some()).count() > LOST_MAX {
            let lost = self.seats.iter().filter_map(|(node, seat)| seat.lost_at.map(|at| (at, *node)));
            let Some((_, oldest)) = lost.min() else { return };
            self.seats.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;

    fn member(node: u8) -> Member {
        Member {
            origin: Origin { node: [node; 16], incarnation: 1 },
            name: String::new(),
            product: String::new(),
            address: SocketAddr::from(([10, 0, 0, node], 5701)),
            joined_at: u64::from(node),
            memory_bytes: 0,
            is_suspect: false,
            is_connected: true,
            is_lite: false,
            lag: 0,
            silence_max_ms: 0,
        }
    }

    /// The standing of `me` (the node number is also the age) in a cluster of `all`, after `lost` fell silent.
    fn standing(me: u8, all: u8, lost: &[u8], members_min: usize) -> Standing {
        let mut roster = Roster::new(members_min);
        for node in (1..=all).filter(|&node| node != me) {
            roster.joined(Timestamp(0), &member(node));
        }
        for &node in lost {
            roster.left(Timestamp(10), [node; 16], Loss::Lost);
        }
        roster.standing(&member(me))
    }

    #[test]
    fn more_than_half_is_the_majority_and_the_oldest_decides_a_tie() {
        let minority = |have, of| Standing::Minority { have, of };
        for (me, all, lost, members_min, expected) in [
            (1, 1, &[][..], 0, Standing::Majority),
            (1, 1, &[], 2, minority(1, 2)),
            (1, 2, &[2], 0, Standing::Majority),
            (2, 2, &[1], 0, minority(1, 2)),
            (3, 3, &[1], 0, Standing::Majority),
            (3, 3, &[1, 2], 0, minority(1, 3)),
            (1, 4, &[3, 4], 0, Standing::Majority),
            (3, 4, &[1, 2], 0, minority(2, 4)),
            (1, 4, &[3, 4], 3, minority(2, 4)),
            (5, 5, &[1, 2], 0, Standing::Majority),
            (1, 5, &[3, 4, 5], 0, minority(2, 5)),
        ] {
            assert_eq!(standing(me, all, lost, members_min), expected, "{me} of {all} without {lost:?}");
        }
    }

    #[test]
    fn the_two_sides_of_any_split_never_both_have_the_majority() {
        for all in 2..=7_u8 {
            for mask in 1..(1_u16 << all) - 1 {
                let (one, two): (Vec<u8>, Vec<u8>) = (1..=all).partition(|node| mask >> (node - 1) & 1 == 1);
                let sides = [standing(one[0], all, &two, 0), standing(two[0], all, &one, 0)];
                let majorities = sides.iter().filter(|side| **side == Standing::Majority).count();
                assert_eq!(majorities, 1, "{one:?} | {two:?}");
            }
        }
    }

    #[test]
    fn who_left_or_is_proven_gone_does_not_count() {
        let mut roster = Roster::new(0);
        let me = member(3);
        roster.joined(Timestamp(0), &member(1));
        roster.joined(Timestamp(0), &member(2));
        roster.left(Timestamp(10), [1; 16], Loss::Lost);
        roster.left(Timestamp(10), [2; 16], Loss::Gone);
        assert_eq!(roster.standing(&me), Standing::Minority { have: 1, of: 2 });
        assert!(!roster.nobody_at(member(2).address));
        assert!(roster.nobody_at(member(1).address), "its host answers that nothing listens");
        assert_eq!(roster.standing(&me), Standing::Majority);
    }

    #[test]
    fn a_lasting_majority_becomes_the_whole_and_a_minority_never_does() {
        let mut roster = Roster::new(0);
        let me = member(1);
        for node in 2..=3 {
            roster.joined(Timestamp(0), &member(node));
        }
        roster.left(Timestamp(1000), [3; 16], Loss::Lost);
        roster.adopt(Timestamp(1000 + ADOPT_AFTER_MS - 1), &me);
        assert!(roster.adopts_at().is_some());
        roster.adopt(Timestamp(1000 + ADOPT_AFTER_MS), &me);
        assert_eq!(roster.adopts_at(), None);
        roster.left(Timestamp(200_000), [2; 16], Loss::Lost);
        assert_eq!(roster.standing(&me), Standing::Majority, "the older one of two");
        assert_eq!(roster.joined(Timestamp(261_000), &member(3)), Some(260_000), "still known as lost");

        let mut roster = Roster::new(0);
        roster.joined(Timestamp(0), &member(1));
        roster.left(Timestamp(10), [1; 16], Loss::Lost);
        roster.adopt(Timestamp(10 * ADOPT_AFTER_MS), &member(2));
        assert_eq!(roster.standing(&member(2)), Standing::Minority { have: 1, of: 2 });
    }

    #[test]
    fn lite_members_do_not_count() {
        let mut roster = Roster::new(0);
        roster.joined(Timestamp(0), &Member { is_lite: true, ..member(1) });
        roster.joined(Timestamp(0), &member(2));
        roster.left(Timestamp(10), [1; 16], Loss::Lost);
        assert_eq!(roster.standing(&member(3)), Standing::Majority);
        roster.left(Timestamp(10), [2; 16], Loss::Lost);
        assert_eq!(roster.standing(&member(3)), Standing::Minority { have: 1, of: 2 });
    }
}
