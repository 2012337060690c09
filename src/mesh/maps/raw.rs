//! A map that no feature of this process has asked for yet, or that only a newer release knows: kept as it came.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cobnut_mesh_proto::Tally;

use super::replica::{Incoming, OwnEntry, Owner, Replica, Unreadable, is_before};

/// Entries of all owners: tag and key, with the rest of what came.
#[derive(Default)]
pub(super) struct RawMap(Mutex<BTreeMap<(u32, Bytes), RawEntry>>);

#[derive(Clone)]
pub(super) struct RawEntry {
    pub(super) owner: Owner,
    pub(super) epoch: u32,
    pub(super) value: Bytes,
    pub(super) hash: u64,
}

impl RawMap {
    /// Takes everything out, for the typed map that replaces this one.
    pub(super) fn take(&self) -> Vec<(Bytes, RawEntry)> {
        std::mem::take(&mut *self.lock()).into_iter().map(|((_, key), entry)| (key, entry)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(u32, Bytes), RawEntry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Replica for RawMap {
    fn apply(&self, change: &Incoming<'_>, _me: Owner) -> Result<Option<Bytes>, Unreadable> {
        let key = (change.owner.tag, Bytes::copy_from_slice(change.key));
        let mut entries = self.lock();
        match change.value {
            Some(value) => {
                let value = Bytes::copy_from_slice(value);
                let entry = RawEntry { owner: change.owner, epoch: change.epoch, value, hash: change.hash };
                entries.insert(key, entry);
            }
            None => {
                entries.remove(&key);
            }
        }
        Ok(None)
    }

    fn sweep(&self, owner: Owner, keep: Option<u32>) {
        self.lock().retain(|(tag, _), entry| {
            *tag != owner.tag || keep.is_some_and(|keep| !is_before(entry.epoch, keep))
        });
    }

    fn tally(&self, owner: Owner) -> Tally {
        let entries = self.lock();
        let mine = entries.range((owner.tag, Bytes::new())..).take_while(|((tag, _), _)| *tag == owner.tag);
        mine.fold(Tally::default(), |mut tally, (_, entry)| {
            tally.add(entry.hash);
            tally
        })
    }

    fn own_entries(&self, _me: Owner, _put: &mut dyn FnMut(OwnEntry)) {
        // This node writes through typed maps only.
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}
