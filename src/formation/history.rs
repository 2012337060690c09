//! What happened in one scenario.

use crate::Millis;

/// What happened to a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// Its process started.
    Started,
    /// Its process ended.
    Stopped,
    /// It gave up looking for others and made itself the master of a cluster of one.
    Founded,
    /// It joined the cluster of a master.
    Joined {
        /// The master's index.
        master: usize,
    },
    /// It found another cluster and leaves its own for that one.
    Merging {
        /// The index of the master whose cluster it joins.
        into: usize,
    },
    /// It ended by itself.
    GaveUp {
        /// Why.
        reason: String,
    },
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// When.
    pub at: Millis,
    /// To whom, by index.
    pub node: usize,
    /// What.
    pub what: Happening,
}

/// A time during which the clusters stayed the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Its first millisecond.
    pub from: Millis,
    /// The clusters, each a sorted list of indices; the lists sorted by their first node. Nodes that run without being in any
    /// cluster are in none.
    pub clusters: Vec<Vec<usize>>,
}

/// Everything that happened in one scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// What happened, in the order of time.
    pub occurrences: Vec<Occurrence>,
    /// How the clusters changed, in the order of time.
    pub stretches: Vec<Stretch>,
    /// Whether it ends too early: some timer is so long, or so short, that playing it out would take hours.
    pub is_cut_off: bool,
}

impl History {
    pub(crate) fn note(&mut self, at: Millis, node: usize, what: Happening) {
        self.occurrences.push(Occurrence { at, node, what });
    }

    /// Records how the clusters are now; false if nothing changed.
    pub(crate) fn clusters(&mut self, at: Millis, mut clusters: Vec<Vec<usize>>) -> bool {
        for cluster in &mut clusters {
            cluster.sort_unstable();
        }
        clusters.sort();
        match self.stretches.last_mut() {
            Some(last) if last.clusters == clusters => return false,
            Some(last) if last.from == at => last.clusters = clusters,
            _ => self.stretches.push(Stretch { from: at, clusters }),
        }
        true
    }

    /// The clusters at a moment.
    pub fn at(&self, at: Millis) -> &[Vec<usize>] {
        let stretch = self.stretches.iter().rev().find(|stretch| stretch.from <= at);
        stretch.map_or(&[], |stretch| &stretch.clusters)
    }
}
