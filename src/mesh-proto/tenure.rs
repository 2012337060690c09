//! Which of several members acts for a job of which there shall be one, and when it may begin and has to stop.
//!
//! The home of a job is a matter of the members that a node sees ([`crate::responsible`]), and members learn of changes at
//! different times. So whoever acts says so in a replicated map, and nobody begins before the one before it has stopped:
//!
//! 1. A node begins when, among the candidates that it sees, it is the home; when all members in touch see the same
//!    candidates as it does (each publishes a [`view_hash`]); and when nobody else says that it acts.
//! 2. It stops when it is not the home any more, or when another says that it acts with a later fence. It says that it has
//!    stopped after it has.
//!
//! Since members say what they see in the same log as what they do, whoever knows that another sees the same as itself also
//! knows whether the other acts. Hence while all members that run are in touch, no two act at any moment: not during
//! joins, goodbyes, drains or deaths. (A node that has just started is no candidate before it has found the others, or has
//! waited for them in vain.) When members disagree about who is there for long (a link between two of
//! several that stays broken), a home begins after [`DISAGREEMENT_MS`] nevertheless: of two that see each other one stops
//! at once. The sides of a split cannot see each other and act both; then, and when a process was stopped and has not
//! noticed that it was replaced, the [`Fence`] tells who is later: what the job writes carries it, and an earlier one is
//! refused.

use crate::Origin;
use crate::replication::entry_hash;

/// Members that still see different candidates after this time do not keep a job waiting any longer, in milliseconds.
pub const DISAGREEMENT_MS: u64 = 10_000;

/// Names one tenure of one job. A later tenure has the greater fence: among all that a node has heard of for certain, and
/// among others as far as wall clocks agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence {
    /// Milliseconds since 1970 at its beginning, or more if an earlier tenure said so.
    pub at: u64,
    /// Whose.
    pub node: [u8; 16],
}

/// What a node knows when it asks itself whether to act.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    /// This node.
    pub me: [u8; 16],
    /// The home of the job among the candidates that this node sees.
    pub home: Option<[u8; 16]>,
    /// Whether all members in touch see the same, or have disagreed for [`DISAGREEMENT_MS`].
    pub is_agreed: bool,
    /// The tenure of this node, if it acts.
    pub mine: Option<Fence>,
    /// Tenures that others say they have.
    pub others: &'a [Fence],
    /// The greatest fence of this job that this node ever heard of.
    pub latest: Option<Fence>,
    /// The wall clock, in milliseconds since 1970.
    pub unix_ms: u64,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Say that this tenure begins, and act.
    Begin(Fence),
    /// Go on as it is.
    Stay,
    /// Stop acting, and then say so.
    Stop,
}

/// Whether to begin, to go on or to stop.
pub fn judge(situation: &Situation<'_>) -> Verdict {
    let is_home = situation.home == Some(situation.me);
    if let Some(mine) = situation.mine {
        let is_replaced = situation.others.iter().any(|other| *other > mine);
        return if is_home && !is_replaced { Verdict::Stay } else { Verdict::Stop };
    }
    if !is_home || !situation.is_agreed || !situation.others.is_empty() {
        return Verdict::Stay;
    }
    let after = situation.latest.map_or(0, |latest| latest.at.saturating_add(1));
    Verdict::Begin(Fence { at: situation.unix_ms.max(after), node: situation.me })
}

/// Names what a node sees: the runs of all members, with how often each has become a candidate or ceased to be one. The
/// order does not matter.
///
/// A count, because who stops being a candidate and becomes one again must not be taken for somebody who has been one all
/// the time: another may have begun in between.
pub fn view_hash(members: impl IntoIterator<Item = (Origin, u64)>) -> u64 {
    members.into_iter().fold(0, |sum: u64, (origin, turns)| {
        let mut run = [0; 16];
        run[..8].copy_from_slice(&origin.incarnation.to_le_bytes());
        run[8..].copy_from_slice(&turns.to_le_bytes());
        sum.wrapping_add(entry_hash(0, &origin.node, &run))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, VecDeque};

    use super::*;
    use crate::entropy::Entropy;
    use crate::responsible;

    const ME: [u8; 16] = [1; 16];

    fn fence(at: u64, node: u8) -> Fence {
        Fence { at, node: [node; 16] }
    }

    #[test]
    fn every_condition_counts() {
        let free = Situation {
            me: ME,
            home: Some(ME),
            is_agreed: true,
            mine: None,
            others: &[],
            latest: Some(fence(70, 2)),
            unix_ms: 50,
        };
        assert_eq!(
            judge(&free),
            Verdict::Begin(fence(71, 1)),
            "later than any that is known, whatever the clock says"
        );
        assert_eq!(judge(&Situation { unix_ms: 90, ..free.clone() }), Verdict::Begin(fence(90, 1)));
        for wait in [
            Situation { home: Some([2; 16]), ..free.clone() },
            Situation { home: None, ..free.clone() },
            Situation { is_agreed: false, ..free.clone() },
            Situation { others: &[fence(1, 2)], ..free.clone() },
        ] {
            assert_eq!(judge(&wait), Verdict::Stay, "{wait:?}");
        }
        let acting = Situation { mine: Some(fence(5, 1)), ..free };
        assert_eq!(judge(&acting), Verdict::Stay);
        assert_eq!(
            judge(&Situation { is_agreed: false, ..acting.clone() }),
            Verdict::Stay,
            "no gap meanwhile"
        );
        assert_eq!(judge(&Situation { others: &[fence(4, 2)], ..acting.clone() }), Verdict::Stay);
        assert_eq!(judge(&Situation { others: &[fence(5, 2)], ..acting.clone() }), Verdict::Stop);
        assert_eq!(judge(&Situation { home: Some([2; 16]), ..acting }), Verdict::Stop);
    }

    /// What one node tells another, in order: what it sees, or whether it acts.
    #[derive(Clone, Copy)]
    enum Told {
        /// Hash, and how often it became a candidate or ceased to be one: a candidate when that is even.
        View(u64, u64),
        Acts(Option<Fence>),
    }

    #[derive(Default)]
    struct Peer {
        view: u64,
        turns: u64,
        acts: Option<Fence>,
        inbox: VecDeque<Told>,
    }

    #[derive(Default)]
    struct Model {
        peers: BTreeMap<u8, Peer>,
        view: u64,
        turns: u64,
        acts: Option<Fence>,
        latest: Option<Fence>,
    }

    impl Model {
        fn seen(&self, me: u8) -> Vec<(u8, u64)> {
            let others = self.peers.iter().map(|(&node, peer)| (node, peer.turns));
            others.chain([(me, self.turns)]).collect()
        }
    }

    struct Lab {
        nodes: BTreeMap<u8, Model>,
        entropy: Entropy,
        clock: u64,
    }

    impl Lab {
        fn pick(&mut self, of: &[u8]) -> Option<u8> {
            let last = u64::try_from(of.len()).expect("few").checked_sub(1)?;
            of.get(usize::try_from(self.entropy.between(0, last)).expect("small")).copied()
        }

        /// A node is told to all whom it sees.
        fn tell(&mut self, from: u8, what: Told) {
            let to: Vec<u8> = self.nodes[&from].peers.keys().copied().collect();
            for other in to {
                if let Some(peer) = self.nodes.get_mut(&other).and_then(|node| node.peers.get_mut(&from)) {
                    peer.inbox.push_back(what);
                }
            }
        }

        fn link(&mut self, one: u8, two: u8) {
            for node in [one, two] {
                let node = self.nodes.get_mut(&node).expect("runs");
                if node.peers.is_empty() && node.turns % 2 == 1 {
                    node.turns += 1;
                }
            }
            for (from, to) in [(one, two), (two, one)] {
                let node = &self.nodes[&from];
                let inbox = VecDeque::from([Told::View(node.view, node.turns), Told::Acts(node.acts)]);
                // Unknown until it says so: not a candidate.
                let peer = Peer { turns: 1, inbox, ..Peer::default() };
                self.nodes.get_mut(&to).expect("runs").peers.insert(from, peer);
            }
        }

        fn think(&mut self, me: u8) {
            let node = self.nodes.get_mut(&me).expect("runs");
            let seen = node.seen(me);
            let view = view_hash(
                seen.iter().map(|&(node, turns)| (Origin { node: [node; 16], incarnation: 1 }, turns)),
            );
            let is_news = std::mem::replace(&mut node.view, view) != view;
            let candidates: Vec<[u8; 16]> =
                seen.iter().filter(|(_, turns)| turns % 2 == 0).map(|&(node, _)| [node; 16]).collect();
            let others: Vec<Fence> = node.peers.values().filter_map(|peer| peer.acts).collect();
            node.latest = others.iter().copied().chain(node.latest).max();
            let verdict = judge(&Situation {
                me: [me; 16],
                home: responsible(b"job", &candidates),
                is_agreed: node.peers.values().all(|peer| peer.view == view),
                mine: node.acts,
                others: &others,
                latest: node.latest,
                unix_ms: self.clock,
            });
            let turns = node.turns;
            if is_news {
                self.tell(me, Told::View(view, turns));
            }
            let acts = match verdict {
                Verdict::Begin(fence) => Some(fence),
                Verdict::Stop => None,
                Verdict::Stay => return,
            };
            self.nodes.get_mut(&me).expect("runs").acts = acts;
            self.tell(me, Told::Acts(acts));
        }

        fn step(&mut self) {
            let running: Vec<u8> = self.nodes.keys().copied().collect();
            let Some(me) = self.pick(&running) else { return };
            let senders: Vec<u8> = self.nodes[&me].peers.keys().copied().collect();
            if let Some(from) = self.pick(&senders) {
                let peer =
                    self.nodes.get_mut(&me).and_then(|node| node.peers.get_mut(&from)).expect("listed");
                match peer.inbox.pop_front() {
                    Some(Told::View(view, turns)) => (peer.view, peer.turns) = (view, turns),
                    Some(Told::Acts(acts)) => peer.acts = acts,
                    // A member that is gone is noticed by each at its own time.
                    None if !self.nodes.contains_key(&from) => {
                        self.nodes.get_mut(&me).expect("runs").peers.remove(&from);
                    }
                    None => {}
                }
            }
            self.think(me);
        }

        fn actors(&self) -> Vec<u8> {
            self.nodes.iter().filter(|(_, node)| node.acts.is_some()).map(|(&node, _)| node).collect()
        }
    }

    /// Nodes join link by link, leave, die and drain while messages are under way: there are never two who act, and one
    /// soon after it is quiet; and each tenure has a greater fence than the one before.
    #[test]
    fn never_two_and_soon_one() {
        for seed in 0..150_u8 {
            let mut lab = Lab { nodes: BTreeMap::new(), entropy: Entropy::new([seed; 32]), clock: 1000 };
            let (mut next, mut missing, mut last) = (1_u8, Vec::new(), None);
            for _ in 0..1500 {
                let running: Vec<u8> = lab.nodes.keys().copied().collect();
                match lab.entropy.between(0, 120) {
                    0 if running.len() < 6 && next < 200 => {
                        missing.extend(running.iter().map(|&other| (other, next)));
                        // Who has just started is no candidate before it has found the others.
                        let turns = u64::from(!running.is_empty());
                        lab.nodes.insert(next, Model { turns, ..Model::default() });
                        next += 1;
                    }
                    // Whoever knows all others: who is lost before everybody met may leave two islands behind.
                    1 if running.len() > 2 && missing.is_empty() => {
                        let gone = lab.pick(&running).expect("some");
                        lab.nodes.remove(&gone);
                    }
                    2 => {
                        if let Some(node) = lab.pick(&running) {
                            let model = lab.nodes.get_mut(&node).expect("runs");
                            model.turns += u64::from(!model.peers.is_empty());
                        }
                    }
                    3..=20 if !missing.is_empty() => {
                        // Newcomers that find each other before they find the rest are a split that heals.
                        let is_new = |node| lab.nodes.get(node).is_some_and(|node| node.peers.is_empty());
                        let first = missing
                            .iter()
                            .position(|(one, two)| lab.nodes.len() < 3 || !(is_new(one) && is_new(two)));
                        let (one, two) = missing.swap_remove(first.unwrap_or(0));
                        if lab.nodes.contains_key(&one) && lab.nodes.contains_key(&two) {
                            lab.link(one, two);
                        }
                    }
                    _ => lab.step(),
                }
                // Clocks that stand still or go back do no harm to who has heard of the last tenure.
                lab.clock = lab.entropy.between(900, 1100);
                let actors = lab.actors();
                assert!(actors.len() < 2, "seed {seed}: {actors:?} act");
                if let Some(fence) = actors.first().and_then(|node| lab.nodes[node].acts) {
                    last = last.max(Some(fence));
                }
            }
            for (one, two) in missing {
                if lab.nodes.contains_key(&one) && lab.nodes.contains_key(&two) {
                    lab.link(one, two);
                }
            }
            for node in lab.nodes.values_mut() {
                node.turns += node.turns % 2;
            }
            (0..4000).for_each(|_| lab.step());
            let actors = lab.actors();
            assert_eq!(actors.len(), usize::from(!lab.nodes.is_empty()), "seed {seed}: {actors:?}");
        }
    }
}
