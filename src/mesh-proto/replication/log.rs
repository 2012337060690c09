//! This node's own entries in the order of their last change.
//!
//! Only the last change of each key is kept, so the log is as large as the map plus a bounded number of deletions, and
//! a snapshot is simply the log from its beginning.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::wire::Change;

#[derive(Debug)]
pub(crate) struct OwnLog {
    version: u64,
    /// Versions up to here may lack deletions.
    floor: u64,
    changes: BTreeMap<u64, Change>,
    latest: BTreeMap<(u16, Bytes), u64>,
    tombstones: BTreeSet<u64>,
    tombstones_max: usize,
}

impl OwnLog {
    pub(crate) fn new(tombstones_max: usize) -> Self {
        Self {
            version: 0,
            floor: 0,
            changes: BTreeMap::new(),
            latest: BTreeMap::new(),
            tombstones: BTreeSet::new(),
            tombstones_max,
        }
    }

    pub(crate) fn put(&mut self, map: u16, key: Bytes, value: Bytes) {
        self.append(Change { map, key, value: Some(value) });
    }

    pub(crate) fn remove(&mut self, map: u16, key: Bytes) {
        let known =
            self.latest.get(&(map, key.clone())).is_some_and(|version| !self.tombstones.contains(version));
        if known {
            self.append(Change { map, key, value: None });
        }
    }

    /// Version of the last change.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Highest version whose deletion was forgotten.
    pub(crate) fn floor(&self) -> u64 {
        self.floor
    }

    /// Live entries.
    pub(crate) fn len(&self) -> usize {
        self.changes.len() - self.tombstones.len()
    }

    pub(crate) fn after(&self, version: u64) -> impl Iterator<Item = (u64, &Change)> {
        self.changes.range(version.saturating_add(1)..).map(|(&version, change)| (version, change))
    }

    fn append(&mut self, change: Change) {
        self.version += 1;
        if change.value.is_none() {
            self.tombstones.insert(self.version);
        }
        let key = (change.map, change.key.clone());
        self.changes.insert(self.version, change);
        if let Some(earlier) = self.latest.insert(key, self.version) {
            self.changes.remove(&earlier);
            self.tombstones.remove(&earlier);
        }
        while self.tombstones.len() > self.tombstones_max {
            let Some(oldest) = self.tombstones.pop_first() else { break };
            if let Some(change) = self.changes.remove(&oldest) {
                self.latest.remove(&(change.map, change.key));
            }
            self.floor = self.floor.max(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    #[test]
    fn only_the_last_change_of_a_key_is_kept() {
        let mut log = OwnLog::new(1);
        log.put(1, key("a"), key("1"));
        log.put(1, key("b"), key("1"));
        log.put(1, key("a"), key("2"));
        let versions: Vec<u64> = log.after(0).map(|(version, _)| version).collect();
        assert_eq!(versions, [2, 3]);
        assert_eq!((log.version(), log.len(), log.floor()), (3, 2, 0));
    }

    #[test]
    fn forgotten_deletions_raise_the_floor() {
        let mut log = OwnLog::new(1);
        for name in ["a", "b"] {
            log.put(1, key(name), key("1"));
        }
        log.remove(1, key("unknown"));
        log.remove(1, key("a"));
        log.remove(1, key("a"));
        assert_eq!((log.version(), log.floor(), log.len()), (3, 0, 1));
        log.remove(1, key("b"));
        assert_eq!((log.version(), log.floor(), log.len()), (4, 3, 0));
        log.put(1, key("b"), key("2"));
        assert_eq!(log.len(), 1);
    }
}
