//! A cluster with people on every node, and the truth about who holds which session.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use compat_tests::{Discovery, Fleet, FleetOptions, Treatment, XmppClient, record_timing};

/// How long nodes may take to become one cluster. The promise after a fault is 10 s (`heal`); debug builds on two shared
/// cores get a margin, and the measured time is recorded.
pub(crate) const HEAL_LIMIT: Duration = Duration::from_secs(45);
/// How long survivors may take to remove who is gone: 5 s of silence, twice when each side has to find out by itself.
pub(crate) const REMOVE_LIMIT: Duration = Duration::from_secs(30);
/// How long sessions may take to be the same everywhere.
const AGREE_LIMIT: Duration = Duration::from_secs(20);

/// A client and where it sits.
pub(crate) struct Seat {
    pub(crate) node: usize,
    user: usize,
    resource: String,
    pub(crate) client: XmppClient,
}

/// The cluster and its people: on each node one account of its own, and one account that is on all nodes.
pub(crate) struct Stage {
    pub(crate) fleet: Fleet,
    pub(crate) seats: Vec<Seat>,
    test: String,
    topics: u32,
}

impl Stage {
    /// Starts everything and brings everybody online.
    pub(crate) fn set(test: &str, nodes: usize, discovery: Discovery) -> Result<Self> {
        let options =
            FleetOptions { nodes, discovery, users: nodes + 1, wire: Some(4711), properties: Vec::new() };
        let started = Instant::now();
        let fleet = Fleet::start(test, &options, HEAL_LIMIT)?;
        record_timing(&format!("{test}: one cluster since all nodes were started"), started.elapsed());
        let mut stage = Self { fleet, seats: Vec::new(), test: test.to_owned(), topics: 0 };
        for node in 0..nodes {
            stage.sit_down(node)?;
        }
        stage.agree()?;
        Ok(stage)
    }

    /// Logs the people of one node in.
    pub(crate) fn sit_down(&mut self, node: usize) -> Result<()> {
        for (user, resource) in [(node, "desk".to_owned()), (self.fleet.nodes.len(), format!("at{node}"))] {
            self.take_seat(node, user, resource)?;
        }
        Ok(())
    }

    pub(crate) fn take_seat(&mut self, node: usize, user: usize, resource: String) -> Result<()> {
        let mut client = self.fleet.login(node, user, &resource)?;
        let presence = format!("<presence><show>away</show><status>on node {node}</status></presence>");
        client.send(&presence)?;
        client.sync()?;
        self.seats.push(Seat { node, user, resource, client });
        Ok(())
    }

    /// Ends one session in good order.
    pub(crate) fn leave_seat(&mut self, node: usize, resource: &str) -> Result<()> {
        let found = self.seats.iter().position(|seat| seat.node == node && seat.resource == resource);
        let place = found.with_context(|| format!("nobody sits at node {} as {resource}", node + 1))?;
        self.seats.remove(place).client.close()
    }

    /// Takes away everybody of a node that was killed; returns who that was.
    pub(crate) fn clear_seats(&mut self, node: usize) -> Vec<(usize, String)> {
        let (gone, stay) = std::mem::take(&mut self.seats).into_iter().partition(|seat| seat.node == node);
        self.seats = stay;
        gone.into_iter().map(|seat: Seat| (seat.user, seat.resource)).collect()
    }

    /// All nodes but these.
    pub(crate) fn others(&self, victims: &[usize]) -> Vec<usize> {
        (0..self.fleet.nodes.len()).filter(|node| !victims.contains(node)).collect()
    }

    /// What the clients on these nodes hold: full JID and id of the node.
    fn truth(&self, nodes: &[usize]) -> BTreeMap<String, String> {
        let held = self.seats.iter().filter(|seat| nodes.contains(&seat.node));
        held.map(|seat| (seat.client.jid().to_owned(), self.fleet.id(seat.node).to_owned())).collect()
    }

    /// Waits until these nodes are one cluster by themselves and show exactly what clients hold on them.
    pub(crate) fn agree_among(&mut self, nodes: &[usize]) -> Result<()> {
        for &node in nodes {
            self.fleet.nodes[node].wait_for_cluster_size(nodes.len(), REMOVE_LIMIT)?;
        }
        self.fleet.wait_for_agreement(nodes, &self.truth(nodes), AGREE_LIMIT).map(|_| ())
    }

    /// After a fault: one cluster again, everybody whose node lived is still connected, and all nodes agree.
    pub(crate) fn recover(&mut self, fault: &str) -> Result<()> {
        let all: Vec<usize> = (0..self.fleet.nodes.len()).collect();
        let over = Instant::now();
        self.fleet.wait_until_formed(HEAL_LIMIT).with_context(|| format!("after {fault}"))?;
        record_timing(&format!("{}: one cluster after {fault}", self.test), over.elapsed());
        for seat in &mut self.seats {
            seat.client.sync().with_context(|| format!("{} after {fault}", seat.client.jid()))?;
        }
        let agreed = self.fleet.wait_for_agreement(&all, &self.truth(&all), AGREE_LIMIT);
        agreed.with_context(|| format!("after {fault}")).map(|_| ())
    }

    /// Everybody is there: compares without a fault before.
    fn agree(&mut self) -> Result<()> {
        self.recover("the start")
    }

    /// A new subject, so that messages of different faults are told apart.
    pub(crate) fn topic(&mut self) -> String {
        self.topics += 1;
        format!("topic {}", self.topics)
    }

    /// Treats everything between nodes like this.
    pub(crate) fn treat_nodes(&self, treatment: Treatment) -> Result<()> {
        for from in &self.fleet.nodes {
            for to in &self.fleet.nodes {
                if from.name() != to.name() {
                    self.fleet.lab().treat(from.host(), to.host(), treatment)?;
                }
            }
        }
        Ok(())
    }

    /// A node hears no other node; what it says still arrives.
    pub(crate) fn make_deaf(&self, node: usize) -> Result<()> {
        let deaf = &self.fleet.nodes[node];
        for other in self.fleet.nodes.iter().filter(|other| other.name() != deaf.name()) {
            self.fleet.lab().treat(other.host(), deaf.host(), Treatment::CUT)?;
        }
        Ok(())
    }
}
