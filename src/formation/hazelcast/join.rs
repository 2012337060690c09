//! Joining through the member list, and what a cluster does with a request.

use std::net::SocketAddr;

use super::world::{Phase, World};
use crate::java::address_hash;
use crate::{Happening, Millis};

/// Between two questions or requests of a joiner.
const RETRY: Millis = 1000;
/// How long a connection to an address that nobody answers on takes to fail.
const CONNECT_TIMEOUT: Millis = 10_000;

impl World<'_> {
    /// One turn of a node that joins through its list.
    pub(super) fn join_by_list(&mut self, node: usize) {
        let timers = self.nodes[node].timers;
        let Some((since, round, master)) = self.joining(node) else { return };
        if self.now - since >= timers.max_join {
            self.stop(node, gave_up("it found no cluster in hazelcast.max.join.seconds"));
            return;
        }
        if master.is_none() && self.is_all_blacklisted(node) {
            self.found(node);
            return;
        }
        if self.now - round < timers.round {
            match master {
                Some(master) => self.send_join_request(node, master),
                None => self.ask_for_master(node),
            }
            self.sleep(node);
            return;
        }
        if self.is_candidate_for_master(node) && self.is_approved_as_master(node) {
            self.found(node);
            return;
        }
        if let Phase::Joining(joining) = &mut self.phases[node] {
            (joining.master, joining.round) = (None, self.now);
        }
    }

    /// One turn of a node that wants to join one other node only: its required member, or one that it merges into.
    pub(super) fn join_target(&mut self, node: usize) {
        let Phase::Joining(joining) = &mut self.phases[node] else { return };
        let Some((target, until)) = joining.target else { return };
        if target == node {
            self.found(node);
            return;
        }
        if self.now < until {
            if matches!(self.phases[target], Phase::Joined(_)) {
                self.send_join_request(node, target);
            }
            self.sleep(node);
            return;
        }
        // What was a merge goes on with the list; a required member has no other way.
        joining.target = None;
        joining.round = self.now;
        if self.now - joining.since >= self.nodes[node].timers.max_join {
            self.stop(node, gave_up("its required-member did not answer in hazelcast.max.join.seconds"));
        }
    }

    fn joining(&self, node: usize) -> Option<(Millis, Millis, Option<usize>)> {
        match &self.phases[node] {
            Phase::Joining(joining) => Some((joining.since, joining.round, joining.master)),
            Phase::Down | Phase::Joined(_) => None,
        }
    }

    /// Lets a node that is still joining wait for its next turn.
    pub(super) fn sleep(&mut self, node: usize) {
        let next = self.now + RETRY;
        if let Phase::Joining(joining) = &mut self.phases[node] {
            joining.wake = next;
        }
    }

    fn ask_for_master(&mut self, node: usize) {
        for index in 0..self.nodes[node].candidates.len() {
            let address = self.nodes[node].candidates[index];
            if self.is_blacklisted(node, address) || !matches!(self.phases[node], Phase::Joining(_)) {
                continue;
            }
            let Some(other) = self.answering(address) else {
                let is_known_host = self.listening(address).is_some();
                let Some((since, ..)) = self.joining(node) else { return };
                // A host that is up refuses at once; one that nobody knows lets the connection time out.
                if is_known_host || self.now - since >= CONNECT_TIMEOUT {
                    self.blacklist(node, address, false);
                }
                continue;
            };
            self.connected(node, other);
            if !self.is_welcome(node, other) {
                continue;
            }
            if let Some(master) = self.master_of(other).filter(|&master| master != node) {
                if let Phase::Joining(joining) = &mut self.phases[node] {
                    joining.master = Some(master);
                }
                self.send_join_request(node, master);
            }
        }
    }

    /// Sends a join request to a node, which need not be a master.
    pub(super) fn send_join_request(&mut self, node: usize, to: usize) {
        let Some(cluster) = self.cluster_of(to) else {
            if let Phase::Joining(joining) = &mut self.phases[node] {
                joining.master = None;
            }
            return;
        };
        if !self.is_welcome(node, to) {
            return;
        }
        let master = self.clusters[cluster].members[0];
        if master != to {
            if let Phase::Joining(joining) = &mut self.phases[node] {
                joining.master = Some(master);
            }
            self.send_join_request(node, master);
            return;
        }
        let timers = self.nodes[master].timers;
        let now = self.now;
        let state = &mut self.clusters[cluster];
        let first = *state.first_request.get_or_insert(now);
        if !state.joining.contains(&node) {
            state.joining.push(node);
            if now - first < timers.max_wait_before_join {
                state.start_join = now + timers.wait_before_join;
            }
        }
        if now >= state.start_join {
            self.finish_join(cluster);
        }
    }

    fn finish_join(&mut self, cluster: usize) {
        let state = &mut self.clusters[cluster];
        let joiners = std::mem::take(&mut state.joining);
        state.first_request = None;
        let master = state.members[0];
        for joiner in joiners {
            if !matches!(self.phases[joiner], Phase::Joining(_)) || self.cluster_of(joiner).is_some() {
                continue;
            }
            self.clusters[cluster].members.push(joiner);
            self.history.note(self.now, joiner, Happening::Joined { master });
            self.settle(joiner);
        }
    }

    /// Whether `other` lets `node` in; a name that differs is remembered, another mismatch ends the joiner.
    pub(super) fn is_welcome(&mut self, node: usize, other: usize) -> bool {
        let (joiner, host) = (&self.nodes[node], &self.nodes[other]);
        if joiner.cluster_name != host.cluster_name {
            self.blacklist(node, host.address, true);
            if let Phase::Joining(joining) = &mut self.phases[node]
                && joining.master == Some(other)
            {
                joining.master = None;
            }
            return false;
        }
        match host.mismatch(joiner) {
            Some(reason) => {
                self.stop(node, gave_up(&reason));
                false
            }
            None => true,
        }
    }

    /// A connection takes both ends off each other's blacklists, unless they are there for good.
    fn connected(&mut self, one: usize, other: usize) {
        for (node, address) in [(one, self.nodes[other].address), (other, self.nodes[one].address)] {
            if let Phase::Joining(joining) = &mut self.phases[node] {
                joining.blacklist.retain(|&(listed, for_good)| listed != address || for_good);
            }
        }
    }

    fn blacklist(&mut self, node: usize, address: SocketAddr, for_good: bool) {
        if let Phase::Joining(joining) = &mut self.phases[node] {
            joining.blacklist.retain(|&(listed, _)| listed != address || !for_good);
            if !joining.blacklist.iter().any(|&(listed, _)| listed == address) {
                joining.blacklist.push((address, for_good));
            }
        }
    }

    fn is_blacklisted(&self, node: usize, address: SocketAddr) -> bool {
        match &self.phases[node] {
            Phase::Joining(joining) => joining.blacklist.iter().any(|&(listed, _)| listed == address),
            Phase::Down | Phase::Joined(_) => false,
        }
    }

    fn is_all_blacklisted(&self, node: usize) -> bool {
        self.nodes[node].candidates.iter().all(|&address| self.is_blacklisted(node, address))
    }

    /// Whether no connected candidate has a smaller address hash.
    fn is_candidate_for_master(&self, node: usize) -> bool {
        let own = address_hash(self.nodes[node].address);
        self.nodes[node].candidates.iter().all(|&address| {
            self.is_blacklisted(node, address)
                || self.answering(address).is_none()
                || own <= address_hash(address)
        })
    }

    /// Whether all candidates that it asks let it be the master.
    fn is_approved_as_master(&self, node: usize) -> bool {
        self.nodes[node].candidates.iter().filter(|&&address| !self.is_blacklisted(node, address)).all(
            |&address| {
                let Some(voter) = self.answering(address) else { return false };
                match &self.phases[voter] {
                    Phase::Joining(joining) => joining.master.is_none_or(|master| master == node),
                    Phase::Joined(_) | Phase::Down => false,
                }
            },
        )
    }
}

pub(super) fn gave_up(reason: &str) -> Happening {
    Happening::GaveUp { reason: reason.to_owned() }
}
