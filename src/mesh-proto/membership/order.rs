//! Who is older: the rule by which a joiner takes its place behind the members that are there already.

use crate::wire::Card;

/// What one side of a handshake says about its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seniority {
    pub(crate) node: [u8; 16],
    pub(crate) joined_at: u64,
    pub(crate) latest_joined_at: u64,
    pub(crate) uptime_ms: u64,
    /// Whether it has had a member since its start.
    pub(crate) is_settled: bool,
}

impl From<&Card> for Seniority {
    fn from(card: &Card) -> Self {
        Self {
            node: card.origin.node,
            joined_at: card.joined_at,
            latest_joined_at: card.latest_joined_at,
            uptime_ms: card.uptime_ms,
            is_settled: card.is_settled,
        }
    }
}

impl Seniority {
    /// Whether this side joins the other. Two settled nodes meet after a split: neither gives up its place.
    /// Wall clocks do not decide: a joiner whose clock is behind does not become the oldest.
    fn joins(&self, other: &Self) -> bool {
        match (self.is_settled, other.is_settled) {
            (true, _) => false,
            (false, true) => true,
            (false, false) => (self.uptime_ms, other.node) < (other.uptime_ms, self.node),
        }
    }
}

/// The place of `one` after it met `other`. Both ends compute the same from the same two cards.
pub(crate) fn adjusted(one: &Seniority, other: &Seniority) -> u64 {
    if one.joins(other) {
        one.joined_at.max(other.joined_at.max(other.latest_joined_at).saturating_add(1))
    } else {
        one.joined_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seniority(node: u8, joined_at: u64, uptime_ms: u64, is_settled: bool) -> Seniority {
        Seniority { node: [node; 16], joined_at, latest_joined_at: joined_at, uptime_ms, is_settled }
    }

    #[test]
    fn the_younger_goes_behind_the_older() {
        let cases = [
            // A clock that is behind does not make a joiner the oldest.
            (seniority(1, 50, 10, false), seniority(2, 100, 9000, true), true),
            (seniority(1, 50, 10, false), seniority(2, 100, 9000, false), true),
            (seniority(1, 50, 99_999, false), seniority(2, 100, 9000, true), true),
            (seniority(1, 50, 10, true), seniority(2, 100, 9000, true), false),
        ];
        for (one, other, joins) in cases {
            assert_eq!(adjusted(&one, &other) > other.joined_at, joins, "{one:?} {other:?}");
        }
    }

    #[test]
    fn exactly_one_of_two_new_nodes_joins_the_other() {
        for (up_one, up_two) in [(5, 5), (5, 6), (6, 5)] {
            let one = seniority(1, 100, up_one, false);
            let two = seniority(2, 100, up_two, false);
            assert_ne!(one.joins(&two), two.joins(&one));
        }
    }
}
