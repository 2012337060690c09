//! Joining by multicast.

use super::world::{Phase, World};
use crate::java::last_number;
use crate::{JoinMethod, Millis, NodeModel};

/// Between two requests, on average.
const PUBLISH_INTERVAL: Millis = 125;

/// How many requests a node sends before it founds a cluster: spread by its address, so that nodes which start together do not
/// all found one.
pub(super) fn tries(model: &NodeModel) -> u32 {
    let JoinMethod::Multicast { timeout, .. } = &model.method else { return 0 };
    let regular = u32::try_from(timeout / PUBLISH_INTERVAL).unwrap_or(u32::MAX);
    regular.saturating_add(last_number(model.address.ip()) % 10)
}

impl World<'_> {
    /// One turn of a node that joins by multicast.
    pub(super) fn join_by_multicast(&mut self, node: usize) {
        let Phase::Joining(joining) = &self.phases[node] else { return };
        if let Some(master) = joining.master {
            self.send_join_request(node, master);
            self.sleep(node);
            return;
        }
        let heard = self.masters_heard(node).next();
        let Phase::Joining(joining) = &mut self.phases[node] else { return };
        if let Some(master) = heard {
            joining.master = Some(master);
            return;
        }
        if joining.tries == 0 {
            self.found(node);
            return;
        }
        joining.tries -= 1;
        joining.wake = self.now + PUBLISH_INTERVAL;
    }

    /// The masters that a node's request reaches: same group, port and cluster name; others drop it without a word.
    fn masters_heard(&self, node: usize) -> impl Iterator<Item = usize> {
        let masters = self.clusters.iter().filter_map(|cluster| cluster.members.first().copied());
        masters.filter(move |&master| self.shares_group(node, master))
    }

    /// Whether multicast messages between two nodes are read.
    pub(super) fn shares_group(&self, one: usize, other: usize) -> bool {
        let (a, b) = (&self.nodes[one], &self.nodes[other]);
        match (&a.method, &b.method) {
            (JoinMethod::Multicast { group: own, .. }, JoinMethod::Multicast { group, .. }) => {
                one != other && own == group && a.cluster_name == b.cluster_name
            }
            _ => false,
        }
    }
}
