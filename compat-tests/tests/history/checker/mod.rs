//! Does a record keep the promises? Pure: a record in, violations out.

mod lookups;
mod messages;
#[cfg(test)]
mod tests;

use crate::event::{Event, Millis, What};
use crate::sessions::Sessions;

/// The times that the promises depend on, in milliseconds, with what a busy machine of CI needs on top.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// A bind that took longer was perhaps answered before all members had the session (`SESSION_SEEN_WAIT`).
    pub(crate) seen_wait: Millis,
    /// Until connected members show a change that nobody waits for.
    pub(crate) settle: Millis,
    /// Until nodes are one component again after a fault.
    pub(crate) heal: Millis,
    /// From here on nothing was broken or changed for `heal` and `settle`.
    pub(crate) quiet_from: Millis,
}

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Its name in ARCHITECTURE.md.
    pub(crate) promise: &'static str,
    /// When it showed.
    pub(crate) at: Millis,
    /// What is wrong.
    pub(crate) text: String,
}

/// Checks everything; no violations is what one wants.
pub(crate) fn check(history: &[Event], bounds: &Bounds) -> Vec<Violation> {
    let sessions = Sessions::of(history);
    let case = Case { history, sessions, bounds };
    let mut violations = lookups::check(&case);
    violations.extend(messages::check(&case));
    violations.sort_by_key(|violation| violation.at);
    violations
}

/// A record with what follows from it.
struct Case<'a> {
    history: &'a [Event],
    sessions: Sessions,
    bounds: &'a Bounds,
}

impl Case<'_> {
    /// Whether no fault hit one of these nodes in an interval, or so shortly before that it may not have healed.
    fn is_untroubled(&self, nodes: &[usize], from: Millis, to: Millis) -> bool {
        self.faults(nodes, from.saturating_sub(self.bounds.heal), to).next().is_none()
    }

    /// Whether no fault that can make members remove each other hit one of these nodes in an interval.
    fn are_members(&self, nodes: &[usize], from: Millis, to: Millis) -> bool {
        !self.faults(nodes, from.saturating_sub(self.bounds.heal), to).any(|may_remove| may_remove)
    }

    /// The faults of an interval; whether each can make members remove each other.
    fn faults(&self, nodes: &[usize], from: Millis, to: Millis) -> impl Iterator<Item = bool> {
        self.history.iter().filter_map(move |event| match &event.what {
            What::Fault { nodes: hit, may_remove, .. } => {
                let is_hit = hit.iter().any(|node| nodes.contains(node));
                (is_hit && event.from <= to && event.to >= from).then_some(*may_remove)
            }
            _ => None,
        })
    }
}
