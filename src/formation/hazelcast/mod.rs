//! Hazelcast's joining rules as a simulation: `TcpIpJoiner`, `MulticastJoiner`, `ClusterJoinManager` and the search for
//! other clusters, message by message, with messages that take no time.
//!
//! Left out, because it does not decide who ends up with whom: lost packets, slow machines, name resolution that takes time,
//! migrations. A node outside the given files is taken for one that never answers.

mod join;
mod merge;
mod multicast;
mod world;

pub(crate) use merge::{Direction, direction};

use crate::{History, Millis, NodeModel, Step};

/// Plays `steps` until `end`, or until the nodes have taken `turns` turns.
pub(crate) fn play(nodes: &[NodeModel], steps: &[Step], end: Millis, turns: usize) -> History {
    world::World::new(nodes).play(steps, end, turns)
}
