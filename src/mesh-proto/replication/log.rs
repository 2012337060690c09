//! This node's own entries in the order of their last change.
//!
//! Only the last change of each key is kept, so the log is as large as the map plus a bounded number of deletions, and
//! a snapshot is simply the log from its beginning. An entry that the driver holds anyway is shared with it and made
//! into bytes when a reader needs it: a million entries must not be kept twice.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::digest::{Tally, entry_hash};
use super::index::KeyIndex;
use super::recent::Recent;
use super::slots::Slots;
use crate::wire::{Change, Digest};

/// An entry that the log shares with the driver. It must never change while it is shared.
pub type SharedEntry = Arc<dyn Any + Send + Sync>;

/// How the shared entries of one map become bytes; the same entry always becomes the same bytes.
#[derive(Debug, Clone, Copy)]
pub struct Codec {
    /// The key on the wire.
    pub key: fn(&(dyn Any + Send + Sync)) -> Bytes,
    /// The value on the wire.
    pub value: fn(&(dyn Any + Send + Sync)) -> Bytes,
}

/// One place of the log. Small, because there are as many as entries.
#[derive(Debug)]
enum Slot {
    Shared { map: u16, entry: SharedEntry },
    Bytes { map: u16, entry: Box<(Bytes, Bytes)> },
    Deleted { map: u16, key: Box<[u8]> },
}

const _: () = assert!(size_of::<Slot>() <= 24, "a slot has grown: 1,000,000 entries have one each");

#[derive(Debug)]
pub(crate) struct OwnLog {
    version: u64,
    /// Versions up to here may lack deletions.
    floor: u64,
    slots: Slots<Slot>,
    latest: KeyIndex,
    codecs: BTreeMap<u16, Codec>,
    tallies: BTreeMap<u16, Tally>,
    recent: Recent,
    tombstones: BTreeSet<u64>,
    tombstones_max: usize,
}

impl OwnLog {
    /// `seed` keeps those who choose keys from choosing where they land.
    pub(crate) fn new(tombstones_max: usize, seed: [u8; 16]) -> Self {
        Self {
            version: 0,
            floor: 0,
            slots: Slots::new(),
            latest: KeyIndex::new(seed),
            codecs: BTreeMap::new(),
            tallies: BTreeMap::new(),
            recent: Recent::default(),
            tombstones: BTreeSet::new(),
            tombstones_max,
        }
    }

    pub(crate) fn put(&mut self, map: u16, key: Bytes, value: Bytes) {
        let entry = Box::new((key.clone(), value.clone()));
        self.append(Slot::Bytes { map, entry }, Change { map, key, value: Some(value) });
    }

    /// As [`Self::put`]; `entry` becomes `key` and `value` by `codec`.
    pub(crate) fn put_shared(
        &mut self,
        map: u16,
        key: Bytes,
        value: Bytes,
        entry: SharedEntry,
        codec: Codec,
    ) {
        self.codecs.insert(map, codec);
        self.append(Slot::Shared { map, entry }, Change { map, key, value: Some(value) });
    }

    pub(crate) fn remove(&mut self, map: u16, key: Bytes) {
        let known = self.find(map, &key).is_some_and(|version| !self.tombstones.contains(&version));
        if known {
            self.append(Slot::Deleted { map, key: Box::from(&*key) }, Change { map, key, value: None });
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
        self.slots.len() - self.tombstones.len()
    }

    /// What the entries of each map amount to now.
    pub(crate) fn digest(&self) -> Digest {
        let maps = self.tallies.iter().filter(|(_, tally)| tally.count > 0);
        Digest { version: self.version, maps: maps.map(|(&map, &tally)| (map, tally)).collect() }
    }

    /// Count and sum of one map's entries.
    pub(crate) fn tally(&self, map: u16) -> Tally {
        self.tallies.get(&map).copied().unwrap_or_default()
    }

    /// Live entries and deletions that are remembered.
    pub(crate) fn changes(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn after(&self, version: u64) -> impl Iterator<Item = (u64, Change)> {
        self.slots
            .from(version.saturating_add(1))
            .map(|(version, slot)| (version, self.recent.get(version).unwrap_or_else(|| self.encode(slot))))
    }

    fn append(&mut self, slot: Slot, change: Change) {
        let earlier = self.find(change.map, &change.key);
        if let Some(earlier) = earlier {
            self.drop_slot(earlier, change.map, &change.key);
        }
        self.version += 1;
        match &change.value {
            Some(value) => {
                let hash = entry_hash(change.map, &change.key, value);
                self.tallies.entry(change.map).or_default().add(hash);
            }
            None => {
                self.tombstones.insert(self.version);
            }
        }
        self.slots.insert(self.version, slot);
        let (slots, codecs) = (&self.slots, &self.codecs);
        let key_of = |version: u64| slots.get(version).map(|slot| slot.key(codecs));
        self.latest.insert(change.map, &change.key, self.version, key_of);
        self.recent.push(self.version, change);
        self.forget_deletions();
    }

    fn forget_deletions(&mut self) {
        while self.tombstones.len() > self.tombstones_max {
            let Some(oldest) = self.tombstones.first().copied() else { break };
            if let Some(Slot::Deleted { map, key }) = self.slots.get(oldest) {
                let (map, key) = (*map, key.clone());
                self.drop_slot(oldest, map, &key);
            }
            self.floor = self.floor.max(oldest);
        }
    }

    fn find(&self, map: u16, key: &[u8]) -> Option<u64> {
        let key_of = |version: u64| self.slots.get(version).map(|slot| slot.key(&self.codecs));
        self.latest.find(map, key, key_of)
    }

    fn drop_slot(&mut self, version: u64, map: u16, key: &[u8]) {
        self.latest.remove(map, key, version);
        let Some(slot) = self.slots.remove(version) else { return };
        if !self.tombstones.remove(&version) {
            let change = self.recent.get(version).unwrap_or_else(|| self.encode(&slot));
            if let Some(value) = change.value
                && let Some(tally) = self.tallies.get_mut(&map)
            {
                tally.subtract(entry_hash(map, key, &value));
            }
        }
        self.recent.forget(version);
    }

    fn encode(&self, slot: &Slot) -> Change {
        match slot {
            Slot::Shared { map, entry } => {
                let codec = self.codecs.get(map);
                let value = codec.map(|codec| (codec.value)(&**entry));
                Change { map: *map, key: slot.key(&self.codecs).1, value }
            }
            Slot::Bytes { map, entry } => {
                Change { map: *map, key: entry.0.clone(), value: Some(entry.1.clone()) }
            }
            Slot::Deleted { map, key } => Change { map: *map, key: Bytes::copy_from_slice(key), value: None },
        }
    }
}

impl Slot {
    fn key(&self, codecs: &BTreeMap<u16, Codec>) -> (u16, Bytes) {
        match self {
            Self::Shared { map, entry } => {
                // A shared slot is only ever made together with its codec.
                (*map, codecs.get(map).map(|codec| (codec.key)(&**entry)).unwrap_or_default())
            }
            Self::Bytes { map, entry } => (*map, entry.0.clone()),
            Self::Deleted { map, key } => (*map, Bytes::copy_from_slice(key)),
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
        let mut log = OwnLog::new(1, [0; 16]);
        log.put(1, key("a"), key("1"));
        log.put(1, key("b"), key("1"));
        log.put(1, key("a"), key("2"));
        let versions: Vec<u64> = log.after(0).map(|(version, _)| version).collect();
        assert_eq!(versions, [2, 3]);
        assert_eq!((log.version(), log.len(), log.floor()), (3, 2, 0));
    }

    #[test]
    fn forgotten_deletions_raise_the_floor() {
        let mut log = OwnLog::new(1, [0; 16]);
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

    /// Shared entries, entries in bytes and deletions of several maps: the log says what a plain map would say, however
    /// old the change is.
    #[test]
    fn it_agrees_with_a_plain_map() {
        fn part(entry: &(dyn Any + Send + Sync), is_key: bool) -> Bytes {
            let (key, value) = entry.downcast_ref::<(String, String)>().expect("what was put");
            Bytes::from(if is_key { key.clone() } else { value.clone() })
        }
        let codec = Codec { key: |entry| part(entry, true), value: |entry| part(entry, false) };
        for seed in 0..40 {
            let mut entropy = crate::entropy::Entropy::new([seed; 32]);
            let mut log = OwnLog::new(5, [seed; 16]);
            let mut plain: BTreeMap<(u16, Bytes), Bytes> = BTreeMap::new();
            for step in 0..3000_u64 {
                let map = if entropy.between(0, 2) == 0 { 1 } else { 2 };
                let text = entropy.between(0, 700).to_string();
                let (key, value) = (Bytes::from(text.clone()), Bytes::from(step.to_string()));
                match entropy.between(0, 5) {
                    0 | 1 => {
                        log.put(map, key.clone(), value.clone());
                        plain.insert((map, key), value);
                    }
                    2 | 3 => {
                        let entry = Arc::new((text, step.to_string()));
                        log.put_shared(map, key.clone(), value.clone(), entry, codec);
                        plain.insert((map, key), value);
                    }
                    _ => {
                        log.remove(map, key.clone());
                        plain.remove(&(map, key));
                    }
                }
            }
            let logged: BTreeMap<(u16, Bytes), Bytes> = log
                .after(0)
                .filter_map(|(_, change)| Some(((change.map, change.key), change.value?)))
                .collect();
            assert_eq!(logged, plain, "seed {seed}");
            assert_eq!(log.len(), plain.len());
            let mut tallies: BTreeMap<u16, Tally> = BTreeMap::new();
            for ((map, key), value) in &plain {
                tallies.entry(*map).or_default().add(entry_hash(*map, key, value));
            }
            assert_eq!(log.digest().maps, tallies.into_iter().collect::<Vec<_>>(), "seed {seed}");
            assert_eq!(log.digest().version, log.version());
        }
    }
}
