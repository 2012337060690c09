//! Where the last change of a key is in the log, in few bytes for each key: versions only. The key itself is asked from
//! the log.

use std::hash::Hasher as _;

use bytes::Bytes;
use hashbrown::HashTable;
use siphasher::sip::SipHasher13;

/// Tables that the keys are spread over: growing one must not take long, because the log is locked meanwhile.
const TABLES: usize = 256;

#[derive(Debug)]
pub(super) struct KeyIndex {
    seed: [u8; 16],
    tables: Vec<HashTable<u64>>,
}

impl KeyIndex {
    pub(super) fn new(seed: [u8; 16]) -> Self {
        Self { seed, tables: (0..TABLES).map(|_| HashTable::new()).collect() }
    }

    /// The version of a key's last change. `key_of` tells the key of a version.
    pub(super) fn find(
        &self,
        map: u16,
        key: &[u8],
        key_of: impl Fn(u64) -> Option<(u16, Bytes)>,
    ) -> Option<u64> {
        let hash = self.hash(map, key);
        let is_it = |&version: &u64| key_of(version).is_some_and(|held| held.0 == map && held.1 == key);
        self.tables.get(place(hash))?.find(hash, is_it).copied()
    }

    /// Notes a key that is not known.
    pub(super) fn insert(
        &mut self,
        map: u16,
        key: &[u8],
        version: u64,
        key_of: impl Fn(u64) -> Option<(u16, Bytes)>,
    ) {
        let hash = self.hash(map, key);
        let seed = self.seed;
        if let Some(table) = self.tables.get_mut(place(hash)) {
            table.insert_unique(hash, version, |&version| {
                key_of(version).map_or(0, |(map, key)| hash_of(&seed, map, &key))
            });
        }
    }

    pub(super) fn remove(&mut self, map: u16, key: &[u8], version: u64) {
        let hash = self.hash(map, key);
        if let Some(table) = self.tables.get_mut(place(hash))
            && let Ok(found) = table.find_entry(hash, |&held| held == version)
        {
            found.remove();
        }
    }

    fn hash(&self, map: u16, key: &[u8]) -> u64 {
        hash_of(&self.seed, map, key)
    }
}

fn hash_of(seed: &[u8; 16], map: u16, key: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_key(seed);
    hasher.write(&map.to_le_bytes());
    hasher.write(key);
    hasher.finish()
}

/// The tables use the lowest and the highest bits.
fn place(hash: u64) -> usize {
    usize::from(hash.to_le_bytes()[4])
}
