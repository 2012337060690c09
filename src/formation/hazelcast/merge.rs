//! The search for other clusters, and which of two goes over to the other.

use super::world::{Phase, World};
use crate::java::merge_text;
use crate::{Generation, Happening, JoinMethod, Millis, NodeModel};

/// How long the search waits for an address that does not answer.
const PROBE_TIMEOUT: Millis = 5000;

/// Which of two clusters goes over to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The one that asks.
    Ours,
    /// The one that is asked.
    Theirs,
}

/// The smaller cluster goes over; of two equal ones that whose master's address is the greater text.
pub(crate) fn direction(own: (&NodeModel, usize), other: (&NodeModel, usize)) -> Direction {
    let ours = match own.1.cmp(&other.1) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => false,
        std::cmp::Ordering::Equal => merge_text(own.0.address) > merge_text(other.0.address),
    };
    if ours { Direction::Ours } else { Direction::Theirs }
}

impl World<'_> {
    /// One run of a member's search for other clusters; only a master searches.
    pub(super) fn search(&mut self, node: usize) {
        let Phase::Joined(joined) = &mut self.phases[node] else { return };
        joined.next_search = self.now + self.nodes[node].timers.merge_next_run;
        let heard = std::mem::take(&mut joined.heard);
        let is_master = self.master_of(node) == Some(node);
        let is_busy = self.cluster_of(node).is_some_and(|cluster| !self.clusters[cluster].joining.is_empty());
        if !is_master || is_busy {
            return;
        }
        match self.nodes[node].method {
            JoinMethod::TcpIp { .. } => self.search_by_list(node),
            JoinMethod::Multicast { .. } => self.search_by_multicast(node, heard),
            JoinMethod::Alone => {}
        }
    }

    fn search_by_list(&mut self, node: usize) {
        let mut known = self.nodes[node].candidates.clone();
        if self.nodes[node].generation >= Generation::V5
            && let Phase::Joined(joined) = &self.phases[node]
        {
            known.extend(joined.remembered.iter().map(|&former| self.nodes[former].address));
        }
        let started = self.now;
        for address in known {
            match self.answering(address) {
                None => self.now += PROBE_TIMEOUT,
                Some(other) if self.cluster_of(other) == self.cluster_of(node) => {}
                Some(other) if self.should_go_over(node, other) => {
                    self.go_over(node, other);
                    break;
                }
                Some(other) => self.suggest(node, other),
            }
        }
        // The waiting delays this node's next search only; everybody else is still at the moment of its start.
        let waited = self.now - started;
        self.now = started;
        if let Phase::Joined(joined) = &mut self.phases[node] {
            joined.next_search += waited;
        }
    }

    /// What is left of a search that led to nothing: a node that is no master names its own, and a master that would have to go
    /// over remembers who asked (5.2 and later).
    fn suggest(&mut self, node: usize, other: usize) {
        if !self.is_compatible(node, other) {
            return;
        }
        match self.master_of(other) {
            Some(master) if master == other => self.remember(other, node),
            Some(master) => self.remember(node, master),
            None => {}
        }
    }

    fn remember(&mut self, node: usize, other: usize) {
        if self.nodes[node].generation >= Generation::V5
            && let Phase::Joined(joined) = &mut self.phases[node]
            && !joined.remembered.contains(&other)
        {
            joined.remembered.push(other);
        }
    }

    fn search_by_multicast(&mut self, node: usize, heard: Vec<usize>) {
        for other in 0..self.nodes.len() {
            if self.shares_group(node, other)
                && self.master_of(other) == Some(other)
                && let Phase::Joined(joined) = &mut self.phases[other]
                && !joined.heard.contains(&node)
            {
                joined.heard.push(node);
            }
        }
        for other in heard {
            if self.cluster_of(other) != self.cluster_of(node) && self.should_go_over(node, other) {
                self.go_over(node, other);
                return;
            }
        }
    }

    /// Whether the cluster of `node` goes over to that of `other`, which answers only if it is a master itself.
    fn should_go_over(&self, node: usize, other: usize) -> bool {
        let (own, others) = (&self.nodes[node], &self.nodes[other]);
        self.is_compatible(node, other)
            && self.master_of(other) == Some(other)
            && direction((own, self.data_members(node)), (others, self.data_members(other)))
                == Direction::Ours
    }

    fn is_compatible(&self, node: usize, other: usize) -> bool {
        let (own, others) = (&self.nodes[node], &self.nodes[other]);
        own.cluster_name == others.cluster_name && own.mismatch(others).is_none()
    }

    fn data_members(&self, node: usize) -> usize {
        let Some(cluster) = self.cluster_of(node) else { return 0 };
        self.clusters[cluster].members.iter().filter(|&&member| !self.nodes[member].is_lite).count()
    }

    /// All members of a cluster leave it and join another one.
    fn go_over(&mut self, node: usize, into: usize) {
        let Some(cluster) = self.cluster_of(node) else { return };
        let members = self.clusters[cluster].members.clone();
        for member in members {
            self.history.note(self.now, member, Happening::Merging { into });
            let (process_start, remembered) = match &mut self.phases[member] {
                Phase::Joined(joined) => (joined.process_start, std::mem::take(&mut joined.remembered)),
                Phase::Down | Phase::Joining(_) => (self.now, Vec::new()),
            };
            self.leave(member);
            self.begin_joining(member, process_start, Some(into), remembered);
        }
    }
}
