//! Our joining rules: everybody keeps dialling everybody it knows, members introduce each other, and one entry on one side is
//! enough.

use crate::{Action, Happening, History, Millis, NodeModel, Step};

/// From a start to being a member: dialling, greeting and being introduced.
const JOINING: Millis = 200;

/// Plays `steps`.
pub(crate) fn play(nodes: &[NodeModel], steps: &[Step]) -> History {
    let mut history = History::default();
    let mut up = vec![false; nodes.len()];
    for step in steps {
        match step.action {
            Action::Start => {
                up[step.node] = true;
                history.note(step.at, step.node, Happening::Started);
                history.clusters(step.at, clusters(nodes, &up, Some(step.node)));
                let joined = clusters(nodes, &up, None);
                let own = joined.iter().find(|cluster| cluster.contains(&step.node));
                let master =
                    own.and_then(|cluster| cluster.iter().copied().find(|&other| other != step.node));
                let what = master.map_or(Happening::Founded, |master| Happening::Joined { master });
                history.note(step.at + JOINING, step.node, what);
                history.clusters(step.at + JOINING, joined);
            }
            Action::Stop => {
                up[step.node] = false;
                history.note(step.at, step.node, Happening::Stopped);
                history.clusters(step.at, clusters(nodes, &up, None));
            }
        }
    }
    history.occurrences.sort_by_key(|occurrence| occurrence.at);
    history
}

/// The connected parts among the running nodes; a node that is just starting counts for none yet.
fn clusters(nodes: &[NodeModel], up: &[bool], starting: Option<usize>) -> Vec<Vec<usize>> {
    let mut left: Vec<usize> = (0..nodes.len()).filter(|&node| up[node] && Some(node) != starting).collect();
    let mut found = Vec::new();
    while let Some(first) = left.pop() {
        let (mut cluster, mut at) = (vec![first], 0);
        while let Some(&node) = cluster.get(at) {
            at += 1;
            left.retain(|&other| {
                let knows = knows(&nodes[node], &nodes[other]);
                if knows {
                    cluster.push(other);
                }
                !knows
            });
        }
        found.push(cluster);
    }
    found
}

/// Whether two nodes find each other, from either side.
fn knows(one: &NodeModel, other: &NodeModel) -> bool {
    let dials = one.candidates.contains(&other.address) || other.candidates.contains(&one.address);
    let hears = one.multicast.is_some() && one.multicast == other.multicast;
    one.cluster_name == other.cluster_name && (dials || hears)
}
