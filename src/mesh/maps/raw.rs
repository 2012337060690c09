//! A map that no feature of this process has asked for yet, or that only a newer release knows: kept as it came.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::replica::{Incoming, Owner, Replica, Unreadable};
use super::tally::Tally;

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
        self.lock().retain(|(tag, _), entry| *tag != owner.tag || keep == Some(entry.epoch));
    }

    fn tally(&self, owner: Owner) -> Tally {
        let entries = self.lock();
        let mine = entries.range((owner.tag, Bytes::new())..).take_while(|((tag, _), _)| *tag == owner.tag);
        mine.fold(Tally::default(), |tally, (_, entry)| Tally {
            count: tally.count + 1,
            sum: tally.sum.wrapping_add(u128::from(entry.hash)),
        })
    }

    fn encoded(&self, owner: Owner, put: &mut dyn FnMut(Bytes, Bytes)) {
        let entries = self.lock();
        let mine = entries.range((owner.tag, Bytes::new())..).take_while(|((tag, _), _)| *tag == owner.tag);
        mine.for_each(|((_, key), entry)| put(key.clone(), entry.value.clone()));
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}
