//! Named deadlines in due order.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use crate::{ConnId, Origin, Timestamp};

/// What a deadline is for; each can be set once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// A connection has to be proven by now.
    Handshake(ConnId),
    /// Send a heartbeat to a member.
    Heartbeat(Origin),
    /// Judge the silence of a member.
    Silence(Origin),
    /// Dial an address.
    Dial(SocketAddr),
    /// Resolve the host name of a candidate.
    Resolve(usize),
    /// Decide whether this node is alone.
    Alone,
    /// Look for members that cannot reach each other.
    Reach,
    /// Decide whether the members lost lately look like a split.
    Split,
    /// Decide whether what is left is the whole from now on.
    Roster,
}

#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeSet<(Timestamp, Timer)>,
    set: BTreeMap<Timer, Timestamp>,
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, at: Timestamp) {
        self.cancel(timer);
        self.set.insert(timer, at);
        self.due.insert((at, timer));
    }

    /// Sets the timer unless it is due earlier already.
    pub(crate) fn set_earlier(&mut self, timer: Timer, at: Timestamp) {
        if self.set.get(&timer).is_none_or(|&due| at < due) {
            self.set(timer, at);
        }
    }

    pub(crate) fn cancel(&mut self, timer: Timer) {
        if let Some(at) = self.set.remove(&timer) {
            self.due.remove(&(at, timer));
        }
    }

    pub(crate) fn is_set(&self, timer: Timer) -> bool {
        self.set.contains_key(&timer)
    }

    /// Deadlines that are set.
    pub(crate) fn len(&self) -> usize {
        self.set.len()
    }

    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.due.first().map(|&(at, _)| at)
    }

    /// The first deadline that has come, and when it was due.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<(Timer, Timestamp)> {
        let &(at, timer) = self.due.first()?;
        if at > now {
            return None;
        }
        self.cancel(timer);
        Some((timer, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_come_in_order_and_can_move() {
        let mut timers = Timers::default();
        timers.set(Timer::Resolve(1), Timestamp(30));
        timers.set(Timer::Alone, Timestamp(20));
        timers.set_earlier(Timer::Resolve(1), Timestamp(40));
        timers.set_earlier(Timer::Resolve(1), Timestamp(10));
        assert_eq!(timers.next(), Some(Timestamp(10)));
        assert_eq!(timers.pop_due(Timestamp(9)), None);
        assert_eq!(timers.pop_due(Timestamp(25)), Some((Timer::Resolve(1), Timestamp(10))));
        assert_eq!(timers.pop_due(Timestamp(25)), Some((Timer::Alone, Timestamp(20))));
        assert_eq!(timers.next(), None);
    }
}
