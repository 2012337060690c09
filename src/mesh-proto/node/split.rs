//! Splits: who is missing, which side this node is on, and that it is whole again.

use super::{Node, Presence};
use crate::standing::Loss;
use crate::timers::Timer;
use crate::{LeaveReason, Origin, Output, Timestamp};

/// Members lost by silence within this time are one event: detectors of different members do not fire together.
const SPLIT_WINDOW_MS: u64 = 2000;
/// So many members lost within the window look like a split.
const SPLIT_MEMBERS_MIN: usize = 2;

impl Node {
    pub(super) fn seat_member(&mut self, now: Timestamp, origin: Origin) {
        let Some(peer) = self.peers.get(&origin) else { return };
        if let Some(away_ms) = self.roster.joined(now, &peer.member) {
            self.outputs.push_back(Output::Healed { member: origin, away_ms });
        }
        self.watch_standing(now);
    }

    pub(super) fn unseat_member(&mut self, now: Timestamp, origin: Origin, reason: LeaveReason) {
        let loss = match reason {
            LeaveReason::Silent | LeaveReason::Parted | LeaveReason::Unresumable => Loss::Lost,
            LeaveReason::Left | LeaveReason::Closed | LeaveReason::Replaced | LeaveReason::WeLeave => {
                Loss::Gone
            }
        };
        self.roster.left(now, origin.node, loss);
        if reason == LeaveReason::Silent && !self.timers.is_set(Timer::Split) {
            self.timers.set(Timer::Split, now.plus(SPLIT_WINDOW_MS));
        }
        self.watch_standing(now);
    }

    pub(super) fn judge_split(&mut self, now: Timestamp) {
        let since = Timestamp(now.0.saturating_sub(SPLIT_WINDOW_MS));
        let lost = self.roster.lost_since(since);
        if lost.len() >= SPLIT_MEMBERS_MIN {
            self.outputs.push_back(Output::SplitSuspected { lost });
        }
    }

    pub(super) fn adopt_roster(&mut self, now: Timestamp) {
        let me = self.as_member();
        self.roster.adopt(now, &me);
        self.watch_standing(now);
    }

    /// A host answers that no node listens there.
    pub(super) fn nobody_listens_at(&mut self, now: Timestamp, address: std::net::SocketAddr) {
        if self.roster.nobody_at(address) {
            self.watch_standing(now);
        }
    }

    /// Says so when this node has changed sides.
    pub(super) fn watch_standing(&mut self, now: Timestamp) {
        if self.presence == Presence::Leaving {
            return self.roster.clear();
        }
        match self.roster.adopts_at().filter(|&at| at > now) {
            Some(at) => self.timers.set(Timer::Roster, at),
            None => self.timers.cancel(Timer::Roster),
        }
        let standing = self.roster.standing(&self.as_member());
        if standing != self.standing {
            self.standing = standing;
            self.outputs.push_back(Output::Standing(standing));
        }
    }
}
