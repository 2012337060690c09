//! The nodes, their clusters, and what wakes them.

use std::collections::HashMap;
use std::net::SocketAddr;

use crate::{Action, Happening, History, JoinMethod, Millis, NodeModel, Step};

/// The state of all nodes at one moment.
pub(super) struct World<'a> {
    pub(super) nodes: &'a [NodeModel],
    by_address: HashMap<SocketAddr, usize>,
    pub(super) phases: Vec<Phase>,
    pub(super) clusters: Vec<Cluster>,
    pub(super) now: Millis,
    pub(super) history: History,
}

/// What a node is doing.
#[derive(Debug)]
pub(super) enum Phase {
    /// Its process does not run.
    Down,
    /// It runs and looks for a cluster.
    Joining(Joining),
    /// It is a member of a cluster.
    Joined(Joined),
}

/// A node on its way into a cluster.
#[derive(Debug)]
pub(super) struct Joining {
    /// When its process started.
    pub(super) process_start: Millis,
    /// When it began to join.
    pub(super) since: Millis,
    /// When the current round of asking began.
    pub(super) round: Millis,
    /// When it acts next.
    pub(super) wake: Millis,
    /// The master that it knows of.
    pub(super) master: Option<usize>,
    /// The only node that it wants to join, and until when.
    pub(super) target: Option<(usize, Millis)>,
    /// Addresses that it does not ask: true for good, false until they connect.
    pub(super) blacklist: Vec<(SocketAddr, bool)>,
    /// Multicast requests left to send.
    pub(super) tries: u32,
    /// What it remembers of former members.
    pub(super) remembered: Vec<usize>,
}

/// A node in a cluster.
#[derive(Debug)]
pub(super) struct Joined {
    /// When its process started: its search for other clusters runs on that clock.
    pub(super) process_start: Millis,
    /// When it searches for other clusters next.
    pub(super) next_search: Millis,
    /// Masters whose announcement it has heard by multicast.
    pub(super) heard: Vec<usize>,
    /// Nodes that it has been in one cluster with.
    pub(super) remembered: Vec<usize>,
}

/// A cluster: its members by age, the master first, and who is about to join.
#[derive(Debug, Default)]
pub(super) struct Cluster {
    pub(super) members: Vec<usize>,
    pub(super) joining: Vec<usize>,
    pub(super) first_request: Option<Millis>,
    pub(super) start_join: Millis,
}

impl<'a> World<'a> {
    pub(super) fn new(nodes: &'a [NodeModel]) -> Self {
        // Of two nodes with one address the first one listens.
        let by_address = nodes.iter().enumerate().rev().map(|(index, node)| (node.address, index)).collect();
        Self {
            nodes,
            by_address,
            phases: nodes.iter().map(|_| Phase::Down).collect(),
            clusters: Vec::new(),
            now: 0,
            history: History::default(),
        }
    }

    pub(super) fn play(mut self, steps: &[Step], end: Millis, mut turns: usize) -> History {
        let mut steps = steps.iter().peekable();
        loop {
            let next_step = steps.peek().map(|step| step.at);
            let next_wake = self.phases.iter().filter_map(Phase::wake).min();
            let Some(at) = next_step.into_iter().chain(next_wake).min().filter(|&at| at <= end) else {
                return self.history;
            };
            if turns == 0 {
                self.history.is_cut_off = true;
                return self.history;
            }
            self.now = at;
            while let Some(step) = steps.next_if(|step| step.at == at) {
                match step.action {
                    Action::Start => self.start(step.node),
                    Action::Stop => self.stop(step.node, Happening::Stopped),
                }
            }
            for node in 0..self.nodes.len() {
                // Whoever was woken by another node's message in this round acts in the next one.
                while self.phases[node].wake().is_some_and(|wake| wake <= at) {
                    self.act(node);
                    turns = turns.saturating_sub(1);
                }
            }
            self.record();
        }
    }

    fn act(&mut self, node: usize) {
        match (&self.phases[node], &self.nodes[node].method) {
            (Phase::Down, _) => {}
            (Phase::Joined(_), _) => self.search(node),
            (Phase::Joining(joining), _) if joining.target.is_some() => self.join_target(node),
            (Phase::Joining(_), JoinMethod::TcpIp { .. }) => self.join_by_list(node),
            (Phase::Joining(_), JoinMethod::Multicast { .. }) => self.join_by_multicast(node),
            (Phase::Joining(_), JoinMethod::Alone) => self.found(node),
        }
    }

    fn start(&mut self, node: usize) {
        if !matches!(self.phases[node], Phase::Down) {
            return;
        }
        self.history.note(self.now, node, Happening::Started);
        if let Some(reason) = &self.nodes[node].fatal {
            self.history.note(self.now, node, Happening::GaveUp { reason: reason.clone() });
            return;
        }
        self.begin_joining(node, self.now, None, Vec::new());
    }

    /// Puts a node on its way into a cluster.
    pub(super) fn begin_joining(
        &mut self,
        node: usize,
        process_start: Millis,
        merge_into: Option<usize>,
        remembered: Vec<usize>,
    ) {
        let model = &self.nodes[node];
        let required = match model.method {
            JoinMethod::TcpIp { required: Some(required) } => self.listening(required),
            _ => None,
        };
        let target = merge_into
            .map(|target| (target, self.now + model.timers.max_join_merge_target))
            .or_else(|| required.map(|target| (target, self.now + model.timers.max_join)));
        self.phases[node] = Phase::Joining(Joining {
            process_start,
            since: self.now,
            round: self.now,
            wake: self.now,
            master: None,
            target,
            blacklist: Vec::new(),
            tries: super::multicast::tries(model),
            remembered,
        });
    }

    /// Ends a node's process.
    pub(super) fn stop(&mut self, node: usize, what: Happening) {
        if matches!(self.phases[node], Phase::Down) {
            return;
        }
        self.leave(node);
        self.phases[node] = Phase::Down;
        self.history.note(self.now, node, what);
    }

    /// Takes a node out of its cluster; the oldest of the others leads on.
    pub(super) fn leave(&mut self, node: usize) {
        for cluster in &mut self.clusters {
            cluster.members.retain(|&member| member != node);
            cluster.joining.retain(|&joiner| joiner != node);
            if cluster.members.is_empty() {
                cluster.joining.clear();
            }
        }
        self.clusters.retain(|cluster| !cluster.members.is_empty());
    }

    /// Makes a node the master of a cluster of one.
    pub(super) fn found(&mut self, node: usize) {
        self.clusters.push(Cluster { members: vec![node], ..Cluster::default() });
        self.history.note(self.now, node, Happening::Founded);
        self.settle(node);
    }

    /// Turns a joining node into a member.
    pub(super) fn settle(&mut self, node: usize) {
        let Phase::Joining(joining) = &mut self.phases[node] else { return };
        let timers = self.nodes[node].timers;
        let first = joining.process_start + timers.merge_first_run;
        // The clock of the search goes on through a merge.
        let missed = (self.now + 1).saturating_sub(first).div_ceil(timers.merge_next_run);
        self.phases[node] = Phase::Joined(Joined {
            process_start: joining.process_start,
            next_search: first + missed * timers.merge_next_run,
            heard: Vec::new(),
            remembered: std::mem::take(&mut joining.remembered),
        });
    }

    /// The cluster that a node is a member of.
    pub(super) fn cluster_of(&self, node: usize) -> Option<usize> {
        self.clusters.iter().position(|cluster| cluster.members.contains(&node))
    }

    /// The master of a node's cluster.
    pub(super) fn master_of(&self, node: usize) -> Option<usize> {
        self.clusters[self.cluster_of(node)?].members.first().copied()
    }

    /// Who of all nodes, running or not, listens on an address.
    pub(super) fn listening(&self, address: SocketAddr) -> Option<usize> {
        self.by_address.get(&address).copied()
    }

    /// Who answers on an address now.
    pub(super) fn answering(&self, address: SocketAddr) -> Option<usize> {
        self.listening(address).filter(|&node| !matches!(self.phases[node], Phase::Down))
    }

    fn record(&mut self) {
        let clusters = self.clusters.iter().map(|cluster| cluster.members.clone()).collect();
        if !self.history.clusters(self.now, clusters) {
            return;
        }
        // Whoever is together now remembers it.
        for cluster in &self.clusters {
            for &member in &cluster.members {
                if let Phase::Joined(joined) = &mut self.phases[member] {
                    for &other in &cluster.members {
                        if other != member && !joined.remembered.contains(&other) {
                            joined.remembered.push(other);
                        }
                    }
                }
            }
        }
    }
}

impl Phase {
    /// When the node acts next.
    pub(super) fn wake(&self) -> Option<Millis> {
        match self {
            Self::Down => None,
            Self::Joining(joining) => Some(joining.wake),
            Self::Joined(joined) => Some(joined.next_search),
        }
    }
}
