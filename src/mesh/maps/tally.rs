//! How many entries each owner has here, and a sum over them that the owner can compare with its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cobnut_mesh_proto::Tally;
use cobnut_model::NodeId;

use super::replica::Owner;

/// The tallies of all owners in one map. Every change of a map goes through here.
#[derive(Debug, Default)]
pub(crate) struct Tallies(Mutex<BTreeMap<u32, (NodeId, Tally)>>);

impl Tallies {
    /// An entry with hash `added` came instead of one with hash `removed`.
    pub(crate) fn change(&self, owner: Owner, removed: Option<u64>, added: Option<u64>) {
        if removed == added {
            return;
        }
        let mut rows = self.lock();
        let row = rows.entry(owner.tag).or_insert((owner.node, Tally::default()));
        if let Some(hash) = removed {
            row.1.subtract(hash);
        }
        if let Some(hash) = added {
            row.1.add(hash);
        }
        if row.1 == Tally::default() {
            rows.remove(&owner.tag);
        }
    }

    /// Many entries of one owner are gone.
    pub(crate) fn removed(&self, owner: Owner, gone: Tally) {
        let mut rows = self.lock();
        let Some(row) = rows.get_mut(&owner.tag) else { return };
        row.1.count = row.1.count.wrapping_sub(gone.count);
        row.1.sum = row.1.sum.wrapping_sub(gone.sum);
        if row.1 == Tally::default() {
            rows.remove(&owner.tag);
        }
    }

    pub(crate) fn of(&self, owner: Owner) -> Tally {
        self.lock().get(&owner.tag).map(|row| row.1).unwrap_or_default()
    }

    /// Entries of a node, whatever its run.
    pub(crate) fn count_of(&self, node: NodeId) -> usize {
        let count = self.lock().values().filter(|row| row.0 == node).map(|row| row.1.count).sum::<u64>();
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, (NodeId, Tally)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
