//! Hashes by which an owner and its readers find out that they hold the same entries.

use std::hash::Hasher as _;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

/// The hash of one entry, the same on all members. The sum over all entries of one owner does not depend on their
/// order. It guards against mistakes, not against a member that lies: who is a member is trusted.
pub fn entry_hash(map: u16, key: &[u8], value: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(&map.to_le_bytes());
    // Where the key ends has to count, too.
    hasher.write(&(key.len() as u64).to_le_bytes());
    hasher.write(key);
    hasher.write(value);
    hasher.finish()
}

/// Count and sum of the hashes of entries; independent of their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Entries.
    pub count: u64,
    /// Sum of [`entry_hash`], which cannot overflow before there are 2⁶⁴ entries.
    pub sum: u128,
}

impl Tally {
    /// An entry came.
    pub fn add(&mut self, hash: u64) {
        self.count = self.count.wrapping_add(1);
        self.sum = self.sum.wrapping_add(u128::from(hash));
    }

    /// An entry went.
    pub fn subtract(&mut self, hash: u64) {
        self.count = self.count.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(u128::from(hash));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value is a part of the protocol: members of other releases compute it, too.
    #[test]
    fn it_is_what_it_was_and_every_part_counts() {
        let hash = entry_hash(1, b"ab", b"c");
        assert_eq!(hash, 5_220_640_139_439_260_166);
        for other in [entry_hash(2, b"ab", b"c"), entry_hash(1, b"a", b"bc"), entry_hash(1, b"ab", b"d")] {
            assert_ne!(other, hash);
        }
    }
}
